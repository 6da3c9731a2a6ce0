package io.podwire.bpf;

import java.nio.ByteBuffer;

/** Functions of libc. */
final class LibC extends NativeLibrary {

  LibC() {
    super("libc.so.6");
  }

  int open(String path, int flags) {
    return (int) call("open", path, flags);
  }

  int close(int fd) {
    return (int) call("close", fd);
  }

  long read(int fd, ByteBuffer bytes, long size) {
    return call("read", fd, bytes, size);
  }

  int setns(int fd, int type) {
    return (int) call("setns", fd, type);
  }

  int flock(int fd, int operation) {
    return (int) call("flock", fd, operation);
  }

  int statfs(String path, ByteBuffer status) {
    return (int) call("statfs", path, status);
  }

  int socket(int domain, int type, int protocol) {
    return (int) call("socket", domain, type, protocol);
  }

  int bind(int fd, ByteBuffer address, int length) {
    return (int) call("bind", fd, address, length);
  }

  int listen(int fd, int backlog) {
    return (int) call("listen", fd, backlog);
  }

  int connect(int fd, ByteBuffer address, int length) {
    return (int) call("connect", fd, address, length);
  }

  int accept(int fd, ByteBuffer address, ByteBuffer length) {
    return (int) call("accept", fd, address, length);
  }

  int getsockname(int fd, ByteBuffer address, ByteBuffer length) {
    return (int) call("getsockname", fd, address, length);
  }

  int getpeername(int fd, ByteBuffer address, ByteBuffer length) {
    return (int) call("getpeername", fd, address, length);
  }

  long recv(int fd, ByteBuffer bytes, long size, int flags) {
    return call("recv", fd, bytes, size, flags);
  }

  int shutdown(int fd, int how) {
    return (int) call("shutdown", fd, how);
  }

  int poll(ByteBuffer fds, long count, int timeout) {
    return (int) call("poll", fds, count, timeout);
  }

  int epoll_create1(int flags) {
    return (int) call("epoll_create1", flags);
  }

  int epoll_ctl(int epoll, int operation, int fd, ByteBuffer event) {
    return (int) call("epoll_ctl", epoll, operation, fd, event);
  }

  /** {@code arguments} is a {@code va_list}, which C passes by its address. */
  int vsnprintf(ByteBuffer text, long size, long format, ByteBuffer arguments) {
    return (int) call("vsnprintf", text, size, format, arguments);
  }
}
