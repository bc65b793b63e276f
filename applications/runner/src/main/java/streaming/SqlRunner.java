package streaming;

import java.nio.file.Path;
import java.util.List;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * Runs the statements of one application: {@code streaming.SqlRunner <statements.json>}.
 *
 * <p>It is the main class of a Flink job. SET goes into the configuration; the last statement starts the job, which then
 * runs on its own. What goes wrong ends the program with an exception, for Flink reports that as the reason why the job
 * could not start; no message holds a value that came in place of a placeholder.
 */
public final class SqlRunner {

  private SqlRunner() {}

  /** @param arguments the file with the statements */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 1) {
      throw new IllegalArgumentException("usage: streaming.SqlRunner <statements.json>");
    }
    List<String> statements = Statements.read(Path.of(arguments[0]));
    Placeholders placeholders = new Placeholders(System::getenv);
    // All are looked at before the first one runs: a variable that is missing is told at once.
    List<String> ready = statements.stream().map(placeholders::replace).toList();
    run(TableEnvironment.create(EnvironmentSettings.inStreamingMode()), statements, ready, placeholders);
  }

  private static void run(
      TableEnvironment tables, List<String> statements, List<String> ready, Placeholders placeholders) {
    for (int index = 0; index < ready.size(); index++) {
      String shown = (index + 1) + "/" + ready.size() + " " + Statements.shown(statements.get(index));
      System.out.println(shown);
      try {
        var setting = Statements.setting(ready.get(index));
        if (setting.isPresent()) {
          tables.getConfig().set(setting.get().getKey(), setting.get().getValue());
        } else {
          tables.executeSql(ready.get(index));
        }
      } catch (RuntimeException error) {
        throw redacted("statement " + shown + " failed: ", error, placeholders);
      }
    }
  }

  /** The same failure, with its causes and where they came from, without the values of placeholders. */
  static RuntimeException redacted(String before, Throwable error, Placeholders placeholders) {
    Throwable cause = error.getCause();
    RuntimeException result = new RuntimeException(
        placeholders.redact(before + error),
        cause == null || cause == error ? null : redacted("", cause, placeholders));
    result.setStackTrace(error.getStackTrace());
    return result;
  }
}
