package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LabelRequirementsTest {

  private static final Map<String, String> WEB = Map.of("app", "web", "example.com/zone", "a");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app=web | true",
        "app==web | true",
        "app = db | false",
        "app!=db | true",
        "tier!=db | true",
        "app!=web | false",
        "example.com/zone in (a, b) | true",
        "example.com/zone in (a,a) | true",
        "example.com/zone notin (b,b) | true",
        "app in (db,api),example.com/zone | false",
        "app notin (db) | true",
        "tier notin (db) | true",
        "app | true",
        "tier | false",
        "!tier,app=web | true",
        "!app | false",
        "'' | true",
      })
  void anExpressionSelectsAsKubectlDoes(String expression, boolean selected) {
    assertThat(LabelRequirements.parse(expression).areMetBy(WEB)).isEqualTo(selected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"app=web=db", "app in web", "=web", "app in (a", "a b"})
  void whatIsNoExpressionIsRefused(String text) {
    assertThatThrownBy(() -> LabelRequirements.parse(text))
        .hasMessageStartingWith(text + " is not a label selector");
  }

  @Test
  void anObjectSelectsByAllThatItSays() {
    assertThat(
            LabelRequirements.of(
                    new LabelSelectorBuilder()
                        .addToMatchLabels("app", "web")
                        .addNewMatchExpression()
                        .withKey("tier")
                        .withOperator("DoesNotExist")
                        .endMatchExpression()
                        .build())
                .areMetBy(WEB))
        .isTrue();
    assertThat(
            LabelRequirements.of(
                    new LabelSelectorBuilder()
                        .addNewMatchExpression()
                        .withKey("app")
                        .withOperator("NotIn")
                        .withValues("web")
                        .endMatchExpression()
                        .build())
                .areMetBy(WEB))
        .isFalse();
    assertThat(LabelRequirements.of(new LabelSelectorBuilder().build()).areMetBy(Map.of()))
        .isTrue();
  }
}
