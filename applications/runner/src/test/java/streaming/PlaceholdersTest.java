package streaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PlaceholdersTest {

  private final Placeholders placeholders =
      new Placeholders(Map.of("USER", "claims", "PASSWORD", "it's $1 \\ secret", "EMPTY", "", "LONG", "claims-team")::get);

  @Test
  void valuesAreQuotedForTheLiteralTheyStandIn() {
    assertEquals(
        "WITH ('a' = 'user claims, password it''s $1 \\ secret')",
        placeholders.replace("WITH ('a' = 'user ${env:USER}, password ${env:PASSWORD}')"));
    assertEquals("SELECT ''", placeholders.replace("SELECT '${env:EMPTY}'"));
    assertEquals("SELECT '${other:X} $env'", placeholders.replace("SELECT '${other:X} $env'"));
  }

  @Test
  void aVariableThatIsNotSetIsNamed() {
    var error = assertThrows(IllegalArgumentException.class, () -> placeholders.replace("SELECT '${env:NOT_THERE}'"));
    assertTrue(error.getMessage().contains("the environment variable NOT_THERE is not set"));
  }

  @Test
  void outsideOfALiteralAValueWouldBeSql() {
    for (String sql : new String[] {
      "SELECT ${env:USER}", "SELECT 'it''s' || ${env:USER}", "SELECT `a'b` , ${env:USER}",
      "SELECT 1 -- don't\n, ${env:USER}", "/* it's */ SELECT ${env:USER}", "SELECT `${env:USER}`"
    }) {
      assertThrows(IllegalArgumentException.class, () -> placeholders.replace(sql), sql);
    }
    assertEquals("SELECT 'it''s claims'", placeholders.replace("SELECT 'it''s ${env:USER}'"));
    assertEquals("-- don't\nSELECT 'claims'", placeholders.replace("-- don't\nSELECT '${env:USER}'"));
  }

  @Test
  void messagesHoldNoValue() {
    placeholders.replace("'${env:USER} ${env:PASSWORD} ${env:EMPTY} ${env:LONG}'");
    String text = placeholders.redact("for claims-team: 'it''s $1 \\ secret' or it's $1 \\ secret of claims");
    assertEquals("for ${env:LONG}: '${env:PASSWORD}' or ${env:PASSWORD} of ${env:USER}", text);

    var error = new IllegalStateException("claims", new RuntimeException("it's $1 \\ secret"));
    var redacted = SqlRunner.redacted("failed: ", error, placeholders);
    assertEquals("failed: java.lang.IllegalStateException: ${env:USER}", redacted.getMessage());
    assertFalse(redacted.getCause().getMessage().contains("secret"));
    assertEquals(error.getStackTrace()[0], redacted.getStackTrace()[0]);
  }
}
