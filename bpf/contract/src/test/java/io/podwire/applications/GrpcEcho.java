package io.podwire.applications;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** A gRPC service that answers with what it gets, and its client. The main method runs in a pod. */
final class GrpcEcho {

  private static final String SERVICE = "podwire.Echo";
  private static final MethodDescriptor<byte[], byte[]> CALL = method("Call", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> STREAM =
      method("Stream", MethodType.BIDI_STREAMING);

  private static final int CALLS = 400;
  private static final int STREAMED = 5000;

  private GrpcEcho() {}

  public static void main(String[] args) throws Exception {
    InetSocketAddress address = new InetSocketAddress(args[1], Integer.parseInt(args[2]));
    if (args[0].equals("serve")) {
      serve(address);
    } else {
      call(address);
    }
  }

  private static void serve(InetSocketAddress address) throws Exception {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(SERVICE)
            .addMethod(
                CALL,
                ServerCalls.asyncUnaryCall(
                    (request, answers) -> {
                      answers.onNext(request);
                      answers.onCompleted();
                    }))
            .addMethod(STREAM, ServerCalls.asyncBidiStreamingCall(Echo::new))
            .build();
    NettyServerBuilder.forAddress(address).addService(service).build().start().awaitTermination();
  }

  /** All calls at once, while the stream goes on. */
  private static void call(InetSocketAddress address) throws Exception {
    ManagedChannel channel = NettyChannelBuilder.forAddress(address).usePlaintext().build();
    Digest streamed = new Digest();
    StreamObserver<byte[]> stream =
        ClientCalls.asyncBidiStreamingCall(channel.newCall(STREAM, CallOptions.DEFAULT), streamed);
    List<Future<byte[]>> answers = new ArrayList<>();
    for (int i = 0; i < STREAMED; i++) {
      stream.onNext(message(i, 4000));
      if (i < CALLS) {
        byte[] request = message(i, 250 * i);
        answers.add(
            ClientCalls.futureUnaryCall(channel.newCall(CALL, CallOptions.DEFAULT), request));
      }
    }
    stream.onCompleted();

    Digest called = new Digest();
    for (Future<byte[]> answer : answers) {
      called.onNext(answer.get());
    }
    called.onCompleted();
    System.out.println("calls: " + called.end.get());
    System.out.println("stream: " + streamed.end.get());
    channel.shutdownNow();
  }

  private static byte[] message(int fill, int bytes) {
    byte[] message = new byte[bytes];
    Arrays.fill(message, (byte) fill);
    return message;
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .build();
  }

  private static final class Bytes implements Marshaller<byte[]> {

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private record Echo(StreamObserver<byte[]> answers) implements StreamObserver<byte[]> {

    @Override
    public void onNext(byte[] message) {
      answers.onNext(message);
    }

    @Override
    public void onError(Throwable error) {
      answers.onError(error);
    }

    @Override
    public void onCompleted() {
      answers.onCompleted();
    }
  }

  /** How many messages there were, and their checksum. */
  private static final class Digest implements StreamObserver<byte[]> {

    final CompletableFuture<String> end = new CompletableFuture<>();
    private final MessageDigest digest = MessageDigest.getInstance("SHA-256");
    private int messages;

    Digest() throws Exception {}

    @Override
    public void onNext(byte[] message) {
      digest.update(message);
      messages++;
    }

    @Override
    public void onError(Throwable error) {
      end.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      end.complete(messages + " messages " + HexFormat.of().formatHex(digest.digest()));
    }
  }
}
