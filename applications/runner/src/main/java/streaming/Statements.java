package streaming;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The file with an application's statements: a JSON list of texts. */
final class Statements {

  private static final Pattern SET =
      Pattern.compile("\\s*SET\\s+'((?:[^']|'')+)'\\s*=\\s*'((?:[^']|'')*)'\\s*;?\\s*", Pattern.CASE_INSENSITIVE);
  private static final int SHOWN = 100;

  private Statements() {}

  static List<String> read(Path file) throws IOException {
    List<String> statements;
    try {
      statements = new ObjectMapper().readValue(Files.readString(file), new TypeReference<>() {});
    } catch (JsonProcessingException error) {
      // Its message quotes the file; the place is enough.
      throw new IllegalArgumentException(
          file + " is no JSON list of statements (line " + (error.getLocation() == null ? "?" : error.getLocation().getLineNr()) + ")");
    }
    if (statements == null || statements.isEmpty() || statements.stream().anyMatch(s -> s == null || s.isBlank())) {
      throw new IllegalArgumentException(file + " holds no statement, or an empty one");
    }
    return statements;
  }

  /** Key and value of {@code SET 'key' = 'value'}; empty for every other statement. */
  static Optional<Map.Entry<String, String>> setting(String statement) {
    Matcher matcher = SET.matcher(statement);
    return matcher.matches()
        ? Optional.of(Map.entry(unquoted(matcher.group(1)), unquoted(matcher.group(2))))
        : Optional.empty();
  }

  /** The beginning of a statement, for messages. */
  static String shown(String statement) {
    String line = statement.strip().lines().findFirst().orElse("");
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
  }

  private static String unquoted(String text) {
    return text.replace("''", "'");
  }
}
