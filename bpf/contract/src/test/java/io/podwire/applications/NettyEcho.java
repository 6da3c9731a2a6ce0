package io.podwire.applications;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;

/**
 * An echo over one of Netty's native transports, and its client. The main method is what runs in
 * the pods.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failure closes the connection, and fails its peer
final class NettyEcho {

  private static final int SMALL_MESSAGES = 1000;
  private static final int LARGE_BYTES = 30_000_000;

  /** Edge-triggered epoll, or io_uring. */
  enum Transport {
    EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class),
    IO_URING(IoUringServerSocketChannel.class, IoUringSocketChannel.class);

    private final Class<? extends ServerChannel> listener;
    private final Class<? extends SocketChannel> socket;

    Transport(Class<? extends ServerChannel> listener, Class<? extends SocketChannel> socket) {
      this.listener = listener;
      this.socket = socket;
    }

    private IoHandlerFactory factory() {
      return this == EPOLL ? EpollIoHandler.newFactory() : IoUringIoHandler.newFactory();
    }
  }

  private NettyEcho() {}

  public static void main(String[] args) throws Exception {
    InetSocketAddress address = new InetSocketAddress(args[1], Integer.parseInt(args[2]));
    Transport transport = Transport.valueOf(args[3]);
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, transport.factory());
    if (args[0].equals("serve")) {
      new ServerBootstrap()
          .group(loop)
          .channel(transport.listener)
          .childHandler(new Echo())
          .bind(address)
          .sync()
          .channel()
          .closeFuture()
          .sync();
    }
    Bootstrap bootstrap =
        new Bootstrap().group(loop).channel(transport.socket).remoteAddress(address);
    System.out.println("in turn " + run(bootstrap, new Client(SMALL_MESSAGES, 1464)));
    System.out.println("at once " + run(bootstrap, new Client(1, LARGE_BYTES)));
    loop.shutdownGracefully();
  }

  private static String run(Bootstrap bootstrap, Client client) throws Exception {
    bootstrap.clone().handler(client).connect().sync();
    return client.end.get();
  }

  @Sharable
  private static final class Echo extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      context.write(bytes);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }
  }

  /** Sends each message after the echo of the one before. */
  private static final class Client extends SimpleChannelInboundHandler<ByteBuf> {

    final CompletableFuture<String> end = new CompletableFuture<>();
    private final MessageDigest digest = MessageDigest.getInstance("SHA-256");
    private final byte[] message;
    private int messages;
    private int missing;

    Client(int messages, int bytes) throws Exception {
      this.messages = messages;
      message = new byte[bytes];
      for (int i = 0; i < bytes; i++) {
        message[i] = (byte) (i % 251);
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      missing = message.length;
      context.writeAndFlush(Unpooled.wrappedBuffer(message));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
      missing -= bytes.readableBytes();
      digest.update(bytes.nioBuffer());
      if (missing == 0 && --messages > 0) {
        channelActive(context);
      } else if (missing == 0) {
        end.complete(HexFormat.of().formatHex(digest.digest()));
        context.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end.completeExceptionally(cause);
    }
  }
}
