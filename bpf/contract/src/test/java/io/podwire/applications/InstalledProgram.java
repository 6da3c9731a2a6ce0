package io.podwire.applications;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of the machine.
 *
 * @param name its file name
 * @param debianPackage the package that has it, as in tools/deps
 */
record InstalledProgram(String name, String debianPackage) {

  /**
   * Where it is: in PATH, or where root's programs are.
   *
   * @throws AssertionError when it is not installed
   */
  String path() {
    List<String> directories = new ArrayList<>(List.of(System.getenv("PATH").split(":")));
    directories.addAll(List.of("/usr/sbin", "/sbin"));
    return directories.stream()
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () -> new AssertionError(name + " is missing: apt-get install " + debianPackage))
        .toString();
  }
}
