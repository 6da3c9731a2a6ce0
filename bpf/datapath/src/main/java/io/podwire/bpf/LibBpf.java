package io.podwire.bpf;

import java.nio.ByteBuffer;

/**
 * Functions of libbpf, in the words of {@code bpf/libbpf.h} and {@code bpf/bpf.h}. Pointers to what
 * libbpf made are addresses.
 *
 * <p>Only functions that libbpf has had since 0.5 are used, so that Ubuntu 22.04's serves too.
 */
final class LibBpf extends NativeLibrary {

  /**
   * @throws UnsatisfiedLinkError where there is no such library
   */
  LibBpf(String file) {
    super(file);
  }

  /** Whether it has the youngest of the functions. */
  boolean isNewEnough() {
    return has("bpf_prog_test_run_opts");
  }

  void libbpf_set_print(PrintFunction function) {
    call("libbpf_set_print", callback(function));
  }

  int libbpf_num_possible_cpus() {
    return (int) call("libbpf_num_possible_cpus");
  }

  long bpf_object__open_mem(ByteBuffer image, long size, ByteBuffer options) {
    return call("bpf_object__open_mem", image, size, options);
  }

  int bpf_object__load(long object) {
    return (int) call("bpf_object__load", object);
  }

  void bpf_object__close(long object) {
    call("bpf_object__close", object);
  }

  long bpf_object__find_map_by_name(long object, String name) {
    return call("bpf_object__find_map_by_name", object, name);
  }

  long bpf_object__find_program_by_name(long object, String name) {
    return call("bpf_object__find_program_by_name", object, name);
  }

  int bpf_map__set_pin_path(long map, String path) {
    return (int) call("bpf_map__set_pin_path", map, path);
  }

  int bpf_map__set_max_entries(long map, int entries) {
    return (int) call("bpf_map__set_max_entries", map, entries);
  }

  long bpf_object__next_program(long object, long previous) {
    return call("bpf_object__next_program", object, previous);
  }

  String bpf_program__name(long program) {
    return string(call("bpf_program__name", program));
  }

  int bpf_program__set_autoload(long program, boolean load) {
    return (int) call("bpf_program__set_autoload", program, load ? 1 : 0);
  }

  int bpf_program__fd(long program) {
    return (int) call("bpf_program__fd", program);
  }

  int bpf_obj_get(String path) {
    return (int) call("bpf_obj_get", path);
  }

  int bpf_obj_pin(int fd, String path) {
    return (int) call("bpf_obj_pin", fd, path);
  }

  int bpf_obj_get_info_by_fd(int fd, ByteBuffer info, ByteBuffer length) {
    return (int) call("bpf_obj_get_info_by_fd", fd, info, length);
  }

  int bpf_link_create(int program, int target, int attachType, ByteBuffer options) {
    return (int) call("bpf_link_create", program, target, attachType, options);
  }

  int bpf_iter_create(int link) {
    return (int) call("bpf_iter_create", link);
  }

  int bpf_raw_tracepoint_open(String name, int program) {
    return (int) call("bpf_raw_tracepoint_open", name, program);
  }

  int bpf_prog_attach(int program, int target, int attachType, int flags) {
    return (int) call("bpf_prog_attach", program, target, attachType, flags);
  }

  int bpf_prog_test_run_opts(int program, ByteBuffer options) {
    return (int) call("bpf_prog_test_run_opts", program, options);
  }

  int bpf_map_lookup_elem(int map, ByteBuffer key, ByteBuffer value) {
    return (int) call("bpf_map_lookup_elem", map, key, value);
  }

  int bpf_map_update_elem(int map, ByteBuffer key, ByteBuffer value, long flags) {
    return (int) call("bpf_map_update_elem", map, key, value, flags);
  }

  int bpf_map_delete_elem(int map, ByteBuffer key) {
    return (int) call("bpf_map_delete_elem", map, key);
  }

  int bpf_map_get_next_key(int map, ByteBuffer key, ByteBuffer next) {
    return (int) call("bpf_map_get_next_key", map, key, next);
  }

  int bpf_map_lookup_batch(
      int map,
      ByteBuffer from,
      ByteBuffer next,
      ByteBuffer keys,
      ByteBuffer values,
      ByteBuffer count,
      ByteBuffer options) {
    return (int) call("bpf_map_lookup_batch", map, from, next, keys, values, count, options);
  }
}
