package streaming;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${env:NAME}} in SQL by environment variables and remembers the values, so that they can be kept out of
 * messages.
 *
 * <p>A placeholder stands within a string literal, where a value can say nothing but itself: each {@code '} in it is
 * doubled. Anywhere else it is refused, for there a value would be SQL.
 */
final class Placeholders {

  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{env:([A-Za-z_][A-Za-z0-9_]*)}");

  private final UnaryOperator<String> environment;
  private final Map<String, String> used = new LinkedHashMap<>();

  /** @param environment name of a variable -> its value, null where it is not set */
  Placeholders(UnaryOperator<String> environment) {
    this.environment = environment;
  }

  /** The statement with its placeholders replaced. */
  String replace(String statement) {
    Matcher matcher = PLACEHOLDER.matcher(statement);
    StringBuilder result = new StringBuilder();
    while (matcher.find()) {
      String name = matcher.group(1);
      if (!inLiteral(statement, matcher.start())) {
        throw new IllegalArgumentException(
            "${env:" + name + "} stands outside of a string literal; write it between single quotes");
      }
      String value = environment.apply(name);
      if (value == null) {
        throw new IllegalArgumentException("the environment variable " + name + " is not set; ${env:" + name + "} needs it");
      }
      used.put(name, value);
      matcher.appendReplacement(result, Matcher.quoteReplacement(value.replace("'", "''")));
    }
    return matcher.appendTail(result).toString();
  }

  /** A text in which each value that was put in is its placeholder again. */
  String redact(String text) {
    if (text == null) {
      return null;
    }
    String result = text;
    // The longest first: one value may be part of another.
    var longestFirst = used.entrySet().stream()
        .filter(one -> !one.getValue().isEmpty())
        .sorted((a, b) -> b.getValue().length() - a.getValue().length())
        .toList();
    for (var one : longestFirst) {
      String placeholder = "${env:" + one.getKey() + "}";
      result = result.replace(one.getValue().replace("'", "''"), placeholder).replace(one.getValue(), placeholder);
    }
    return result;
  }

  /** Whether the character at {@code position} is within '...'. Comments and `identifiers` may hold quotes, too. */
  static boolean inLiteral(String sql, int position) {
    int at = 0;
    while (at < position) {
      char c = sql.charAt(at);
      int end;
      if (c == '\'' || c == '`') {
        // A doubled quote ends one literal and begins the next at once: that comes to the same.
        end = end(sql, String.valueOf(c), at + 1);
        if (position < end) {
          return c == '\'';
        }
      } else if (sql.startsWith("--", at)) {
        end = end(sql, "\n", at);
      } else if (sql.startsWith("/*", at)) {
        end = end(sql, "*/", at + 2);
      } else {
        end = at + 1;
      }
      at = end;
    }
    return false;
  }

  private static int end(String sql, String mark, int from) {
    int found = sql.indexOf(mark, from);
    return found < 0 ? sql.length() : found + mark.length();
  }
}
