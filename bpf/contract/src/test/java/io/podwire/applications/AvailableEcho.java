package io.podwire.applications;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;

/**
 * An echo whose server asks {@link InputStream#available()} before it reads, and reads no more than
 * that; and its client. The main method is what runs in the pods.
 */
final class AvailableEcho {

  private AvailableEcho() {}

  public static void main(String[] args) throws Exception {
    InetAddress address = InetAddress.getByName(args[1]);
    int port = Integer.parseInt(args[2]);
    if (args[0].equals("serve")) {
      try (ServerSocket listener = new ServerSocket(port, 16, address)) {
        while (true) {
          try (Socket socket = listener.accept()) {
            echo(socket);
          }
        }
      }
    }
    try (Socket socket = new Socket(address, port)) {
      System.out.println("in turn " + inTurn(socket));
    }
    try (Socket socket = new Socket(address, port)) {
      System.out.println("at once " + atOnce(socket));
    }
  }

  /** Echoes until a byte 255 comes, which is in no message. */
  private static void echo(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    byte[] bytes = {0};
    while (bytes[bytes.length - 1] != -1) {
      int available = in.available();
      while (available == 0) {
        LockSupport.parkNanos(20_000);
        available = in.available();
      }
      bytes = in.readNBytes(available);
      out.write(bytes);
    }
  }

  /** Each message is sent after the echo of the one before. */
  private static String inTurn(Socket socket) throws Exception {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (int i = 1; i <= 1000; i++) {
      byte[] message = message(2 * i);
      socket.getOutputStream().write(message);
      in.readFully(message);
      digest.update(message);
    }
    return finish(socket, digest);
  }

  /** 50 MB, sent by another thread than reads the echo. */
  private static String atOnce(Socket socket) throws Exception {
    byte[] message = message(50_000_000);
    Thread writer =
        new Thread(
            () -> {
              try {
                socket.getOutputStream().write(message);
              } catch (IOException e) {
                e.printStackTrace();
                System.exit(1);
              }
            });
    writer.start();
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(socket.getInputStream().readNBytes(message.length));
    writer.join();
    return finish(socket, digest);
  }

  private static String finish(Socket socket, MessageDigest digest) throws IOException {
    socket.getOutputStream().write(255);
    DigestOutputStream rest = new DigestOutputStream(OutputStream.nullOutputStream(), digest);
    long bytes = socket.getInputStream().transferTo(rest);
    return bytes + " " + HexFormat.of().formatHex(digest.digest());
  }

  private static byte[] message(int bytes) {
    byte[] message = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      message[i] = (byte) (i % 251);
    }
    return message;
  }
}
