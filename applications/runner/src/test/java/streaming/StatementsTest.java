package streaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatementsTest {

  @TempDir Path folder;

  @Test
  void settingsAreToldFromStatements() {
    assertEquals(Optional.of(Map.entry("a.b", "it's 5 s")), Statements.setting("SET 'a.b' = 'it''s 5 s'"));
    assertEquals(Optional.of(Map.entry("a", "")), Statements.setting(" set 'a'='' ;"));
    assertTrue(Statements.setting("CREATE TABLE `SET` (a INT)").isEmpty());
    assertTrue(Statements.setting("SET 'a' = 'b' AND 'c'").isEmpty());
  }

  @Test
  void theFileIsAListOfTexts() throws IOException {
    assertEquals(List.of("SELECT 1", "SELECT 2"), Statements.read(file("[\"SELECT 1\", \"SELECT 2\"]")));
    for (String text : new String[] {"{}", "[]", "[1, {}]", "[\"\"]", "nothing", "[\"SELECT 'secret"}) {
      var error = assertThrows(IllegalArgumentException.class, () -> Statements.read(file(text)), text);
      assertFalse(error.getMessage().contains("secret"));
    }
  }

  @Test
  void messagesShowTheBeginning() {
    assertEquals("CREATE TABLE a (", Statements.shown("\nCREATE TABLE a (\n  b INT\n)"));
    assertEquals(103, Statements.shown("x".repeat(500)).length());
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("statements.json"), text);
  }
}
