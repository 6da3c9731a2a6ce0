package io.podwire.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that changes the running kernel: it needs root, a cgroup v2 hierarchy and the bpf system
 * call.
 *
 * <p>Where one of them is missing the test is skipped and says why; with {@code
 * -Dpodwire.kernel.required=true}, as in {@code make test}, it fails instead.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("kernel")
@ExtendWith({KernelCondition.class, Evidence.class})
public @interface KernelTest {}
