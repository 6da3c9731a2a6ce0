package io.podwire.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A kernel test that changes what everybody on the machine depends on. Only {@code make kernels}
 * runs it, in machines that it boots for that: Maven leaves its tag out, so elsewhere it is not
 * even skipped.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@EveryKernel
@Tag("own-machine")
@EnabledIfSystemProperty(named = "podwire.emulated", matches = "true")
public @interface OwnMachine {}
