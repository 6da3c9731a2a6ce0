package io.podwire.datapath;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 network prefix; a single address is a prefix of full length. Parsing never asks a
 * name server.
 */
public final class Prefix implements Comparable<Prefix> {

  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");
  private static final int MAPPED_BITS = 96;

  private final byte[] address; // IPv6 or v4-mapped, network order, host bits zero
  private final int length; // 0..128
  private final int hash; // an agent looks up thousands, again and again

  private Prefix(byte[] address, int length) {
    this.address = address.clone();
    this.length = length;
    for (int bit = length; bit < 128; bit++) {
      this.address[bit >> 3] &= (byte) ~(0x80 >> (bit & 7));
    }
    this.hash = 31 * Arrays.hashCode(this.address) + length;
  }

  /**
   * Parses a single address.
   *
   * @throws IllegalArgumentException with a one-line message naming the text
   */
  public static Prefix address(String text) {
    return new Prefix(bytes(text), 128);
  }

  /**
   * Parses {@code address/length}.
   *
   * @throws IllegalArgumentException with a one-line message naming the text
   */
  public static Prefix cidr(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          text + " is not a CIDR: write ADDRESS/LENGTH, for example 10.6.0.0/16");
    }
    byte[] address = bytes(text.substring(0, slash));
    int offset = isMapped(address) && text.indexOf(':') < 0 ? MAPPED_BITS : 0;
    int length;
    try {
      length = Integer.parseInt(text.substring(slash + 1));
    } catch (NumberFormatException e) {
      length = -1;
    }
    if (length < 0 || length + offset > 128) {
      throw new IllegalArgumentException(
          text + " is not a CIDR: the length must be 0 to " + (128 - offset));
    }
    Prefix prefix = new Prefix(address, length + offset);
    if (prefix.length < MAPPED_BITS && prefix.contains(new Prefix(mapped(new byte[4]), 128))) {
      throw new IllegalArgumentException(
          text
              + " would hold every IPv4 address too: name 0.0.0.0/0 for those, and longer IPv6"
              + " prefixes");
    }
    return prefix;
  }

  /** The prefix that holds just this address. */
  public static Prefix of(InetAddress address) {
    return new Prefix(mapped(address.getAddress()), 128);
  }

  /** Whether it holds just one address. */
  public boolean isAddress() {
    return length == 128;
  }

  /** Whether every address of the other is one of this. */
  public boolean contains(Prefix other) {
    return other.length >= length && new Prefix(other.address, length).equals(this);
  }

  /** From the kernel's form. */
  static Prefix of(byte[] address, int length) {
    return new Prefix(address, length);
  }

  /** The 16 bytes of the IPv6 or v4-mapped address, host bits zero. */
  byte[] bytes() {
    return address.clone();
  }

  /** Length in bits of the 128-bit form. */
  int length() {
    return length;
  }

  /**
   * An IPv4 prefix as {@code 10.6.0.0/16}, an IPv6 one as {@code fd00:0:0:0:0:0:0:0/64}; a single
   * address without a length.
   */
  @Override
  public String toString() {
    boolean v4 = isMapped(address) && length >= MAPPED_BITS;
    try {
      byte[] raw = v4 ? Arrays.copyOfRange(address, 12, 16) : address;
      String host =
          v4
              ? InetAddress.getByAddress(raw).getHostAddress()
              : Inet6Address.getByAddress(null, raw, -1).getHostAddress();
      return length == 128 ? host : host + "/" + (v4 ? length - MAPPED_BITS : length);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /** By address, as a number; a network before the smaller ones that begin with it. */
  @Override
  public int compareTo(Prefix other) {
    int byAddress = Arrays.compareUnsigned(address, other.address);
    return byAddress != 0 ? byAddress : Integer.compare(length, other.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Prefix that
        && length == that.length
        && Arrays.equals(address, that.address);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  private static byte[] bytes(String text) {
    boolean v6 = text.indexOf(':') >= 0 && text.indexOf('%') < 0;
    if (v6 || IPV4.matcher(text).matches()) {
      try {
        return mapped(InetAddress.getByName(text).getAddress());
      } catch (UnknownHostException e) {
        // falls through: a literal that is none
      }
    }
    throw new IllegalArgumentException(
        text + " is not an IP address: write an IPv4 or IPv6 address, for example 10.6.1.2");
  }

  private static byte[] mapped(byte[] raw) {
    if (raw.length == 16) {
      return raw;
    }
    byte[] mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(raw, 0, mapped, 12, 4);
    return mapped;
  }

  private static boolean isMapped(byte[] address) {
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return address[10] == (byte) 0xff && address[11] == (byte) 0xff;
  }
}
