package io.podwire.bpf;

import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Closure;
import com.kenai.jffi.ClosureManager;
import com.kenai.jffi.Function;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A library of the system, whose functions are called by their names. The only class that knows
 * JNR, and of that only the lower layer, jffi: the upper one learns by reflection what a function
 * takes, and that took more of a short verb's time than all its calls.
 */
class NativeLibrary {

  /** {@code libbpf_print_fn_t}; format and arguments are addresses. */
  @FunctionalInterface
  interface PrintFunction {
    int print(int level, long format, long arguments);
  }

  private final com.kenai.jffi.Library library;
  private final Map<String, Function> functions = new ConcurrentHashMap<>();
  private final Map<PrintFunction, Closure.Handle> callbacks = new ConcurrentHashMap<>();

  /**
   * @param file as dlopen(3) takes it
   * @throws UnsatisfiedLinkError where it cannot be loaded
   */
  NativeLibrary(String file) {
    library =
        com.kenai.jffi.Library.openLibrary(
            file, com.kenai.jffi.Library.LAZY | com.kenai.jffi.Library.LOCAL);
    if (library == null) {
      throw new UnsatisfiedLinkError(com.kenai.jffi.Library.getLastError());
    }
  }

  /** Whether the library has a function. */
  final boolean has(String function) {
    return library.getSymbolAddress(function) != 0;
  }

  /**
   * Calls a function, which is looked up at its first call: a verb needs few of them. Each argument
   * is passed as 64 bits, of which a function that takes an {@code int} reads the lower half, on
   * x86-64 as on arm64.
   *
   * @param arguments integers, addresses among them; direct buffers and strings, for which the
   *     address is passed of what is left of the buffer and of a copy that ends with a zero; null
   * @return what the function returned, in the lower half where that is an {@code int}
   * @throws UnsatisfiedLinkError where the library has no such function
   */
  final long call(String function, Object... arguments) {
    Function called = functions.computeIfAbsent(function, name -> function(name, arguments.length));
    HeapInvocationBuffer passed = new HeapInvocationBuffer(called);
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i] instanceof String text) {
        arguments[i] = copy(text);
      }
      passed.putLong(word(arguments[i]));
    }
    try {
      return Invoker.getInstance().invokeLong(called, passed);
    } finally {
      Reference.reachabilityFence(arguments); // only addresses were passed
    }
  }

  private Function function(String name, int parameters) {
    long address = library.getSymbolAddress(name);
    if (address == 0) {
      throw new UnsatisfiedLinkError(com.kenai.jffi.Library.getLastError());
    }
    Type[] words = new Type[parameters];
    Arrays.fill(words, Type.SINT64);
    return new Function(address, Type.SINT64, words);
  }

  private static long word(Object argument) {
    if (argument instanceof ByteBuffer buffer) {
      return address(buffer) + buffer.position();
    }
    return argument == null ? 0 : ((Number) argument).longValue();
  }

  /** In the encoding of paths, which is the locale's. */
  private static ByteBuffer copy(String text) {
    byte[] bytes = text.getBytes(Charset.defaultCharset());
    return Library.buffer(bytes.length + 1).put(bytes).rewind();
  }

  /** errno of the call just made on this thread. */
  static int lastErrno() {
    return LastError.getInstance().get();
  }

  /** The address of a direct buffer, which must outlive the use of that. */
  static long address(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("only a direct buffer has an address");
    }
    return MemoryIO.getInstance().getDirectBufferAddress(buffer);
  }

  /** A copy of some memory. */
  static ByteBuffer copy(long address, int bytes) {
    byte[] copy = new byte[bytes];
    MemoryIO.getInstance().getByteArray(address, copy, 0, bytes);
    return Library.buffer(bytes).put(copy).rewind();
  }

  /** The string that ends with a zero; null at the address 0. */
  static String string(long address) {
    return address == 0
        ? null
        : new String(
            MemoryIO.getInstance().getZeroTerminatedByteArray(address), Charset.defaultCharset());
  }

  /** The address that C calls a function at, as long as this library is reachable. */
  final long callback(PrintFunction function) {
    return callbacks.computeIfAbsent(function, NativeLibrary::closure).getAddress();
  }

  private static Closure.Handle closure(PrintFunction function) {
    Type[] parameters = {Type.SINT32, Type.POINTER, Type.POINTER};
    return ClosureManager.getInstance()
        .newClosure(
            call ->
                call.setIntReturn(
                    function.print(call.getInt(0), call.getAddress(1), call.getAddress(2))),
            Type.SINT32,
            parameters,
            CallingConvention.DEFAULT);
  }
}
