package streaming;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Brings topics and ACLs to what a file says: {@code streaming.KafkaTopics <topics.json> <client.properties>}.
 *
 * <p>Creates what is missing, grows partitions, sets what differs, removes nothing; a second run changes nothing. It
 * tries again while brokers do not answer yet, or do not know a fresh login or right yet, for at most
 * KAFKA_TOPICS_TIMEOUT seconds (default 300).
 *
 * <p>Exit status: 0 as wanted, 1 refused or failed (one message), 2 wrong usage.
 */
public final class KafkaTopics {

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  private final TopicsFile wanted;
  private final Properties client;

  private KafkaTopics(TopicsFile wanted, Properties client) {
    this.wanted = wanted;
    this.client = client;
  }

  /** @param arguments the file with topics and ACLs, the file with the client's properties */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 2) {
      System.err.println("usage: streaming.KafkaTopics <topics.json> <client.properties>");
      System.exit(2);
    }
    try {
      KafkaTopics job = new KafkaTopics(TopicsFile.read(Path.of(arguments[0])), properties(Path.of(arguments[1])));
      String limit = Optional.ofNullable(System.getenv("KAFKA_TOPICS_TIMEOUT")).orElse("300");
      System.exit(job.run(Duration.ofSeconds(Long.parseLong(limit))) ? 0 : 1);
    } catch (IOException | IllegalArgumentException error) {
      System.err.println("error: " + error.getMessage());
      System.exit(1);
    }
  }

  /** Returns whether everything is as wanted now. */
  private boolean run(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      // A client of its own each time: one that was refused once may keep the refused login.
      try (Admin admin = Admin.create(client)) {
        return bring(admin);
      } catch (ExecutionException | KafkaException error) {
        Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
        String text = message(cause);
        if (!passing(cause)) {
          System.err.println("error: " + text);
          return false;
        }
        if (System.nanoTime() + pause.toNanos() > end) {
          System.err.println("error: gave up after " + limit.toSeconds() + " s: " + text);
          return false;
        }
        System.out.println("waiting: " + text);
        Thread.sleep(pause.toMillis());
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
      }
    }
  }

  private boolean bring(Admin admin) throws ExecutionException, InterruptedException {
    TopicsPlan plan = TopicsPlan.of(wanted, existing(admin), acls(admin));
    plan.warnings().forEach(text -> System.out.println("warning: " + text));
    if (!plan.refusals().isEmpty()) {
      plan.refusals().forEach(text -> System.err.println("error: " + text));
      return false;
    }
    // Rights first: who waits for a topic may use it from its first moment on.
    if (!plan.grant().isEmpty()) {
      admin.createAcls(plan.grant()).all().get();
      plan.grant().forEach(one -> System.out.println("granted " + shown(one)));
    }
    for (TopicsFile.Topic topic : plan.create()) {
      create(admin, topic);
    }
    for (TopicsFile.Topic topic : plan.grow()) {
      admin.createPartitions(Map.of(topic.name(), NewPartitions.increaseTo(topic.partitions()))).all().get();
      System.out.println("grew topic " + topic.name() + " to " + topic.partitions()
          + " partitions; keys may go to another partition from now on");
    }
    for (var one : plan.configure().entrySet()) {
      Collection<AlterConfigOp> operations = one.getValue().entrySet().stream()
          .map(pair -> new AlterConfigOp(new ConfigEntry(pair.getKey(), pair.getValue()), AlterConfigOp.OpType.SET))
          .toList();
      admin.incrementalAlterConfigs(Map.of(topicResource(one.getKey()), operations)).all().get();
      System.out.println("configured topic " + one.getKey() + ": " + one.getValue());
    }
    int changes = plan.create().size() + plan.grow().size() + plan.configure().size() + plan.grant().size();
    System.out.println(wanted.topics().size() + " topics and " + wanted.acls().size() + " ACLs are as wanted; "
        + changes + " changes");
    return true;
  }

  private static void create(Admin admin, TopicsFile.Topic topic) throws ExecutionException, InterruptedException {
    NewTopic made = new NewTopic(
        topic.name(), Optional.of(topic.partitions()), Optional.ofNullable(topic.replicationFactor()));
    try {
      admin.createTopics(List.of(made.configs(topic.config()))).all().get();
    } catch (ExecutionException error) {
      // A first try whose answer was lost: what is there is compared by the next run.
      if (!(error.getCause() instanceof TopicExistsException)) {
        throw error;
      }
    }
    System.out.println("created topic " + topic.name() + " with " + topic.partitions() + " partitions");
  }

  private Map<String, TopicsPlan.Existing> existing(Admin admin) throws ExecutionException, InterruptedException {
    Set<String> names = wanted.topics().stream().map(TopicsFile.Topic::name).collect(Collectors.toSet());
    names.retainAll(admin.listTopics().names().get());
    var descriptions = admin.describeTopics(names).allTopicNames().get();
    var configs = admin.describeConfigs(names.stream().map(KafkaTopics::topicResource).toList()).all().get();
    Map<String, TopicsPlan.Existing> result = new HashMap<>();
    descriptions.forEach((name, description) -> {
      Map<String, String> config = new HashMap<>();
      configs.get(topicResource(name)).entries().forEach(entry -> config.put(entry.name(), entry.value()));
      var partitions = description.partitions();
      result.put(name, new TopicsPlan.Existing(partitions.size(), partitions.get(0).replicas().size(), config));
    });
    return result;
  }

  private Set<AclBinding> acls(Admin admin) throws ExecutionException, InterruptedException {
    return wanted.acls().isEmpty() ? Set.of() : new HashSet<>(admin.describeAcls(AclBindingFilter.ANY).values().get());
  }

  /** Whether it may be gone in a moment: brokers that start, logins and rights that are not everywhere yet. */
  private static boolean passing(Throwable error) {
    return error instanceof RetriableException
        || error instanceof AuthenticationException
        || error instanceof AuthorizationException
        || root(error) instanceof ConfigException refused && refused.getMessage().contains("bootstrap");
  }

  private static String message(Throwable error) {
    Throwable root = root(error);
    String name = root.getClass().getSimpleName();
    return root.getMessage() == null ? name : name + ": " + root.getMessage();
  }

  private static Throwable root(Throwable error) {
    return error.getCause() == null || error.getCause() == error ? error : root(error.getCause());
  }

  private static ConfigResource topicResource(String name) {
    return new ConfigResource(ConfigResource.Type.TOPIC, name);
  }

  private static String shown(AclBinding binding) {
    return binding.entry().principal() + " " + binding.entry().operation() + " on "
        + binding.pattern().patternType().name().toLowerCase(java.util.Locale.ROOT) + " "
        + binding.pattern().resourceType().name().toLowerCase(java.util.Locale.ROOT) + " " + binding.pattern().name();
  }

  private static Properties properties(Path file) throws IOException {
    Properties result = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      result.load(reader);
    }
    if (!result.containsKey(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG)) {
      throw new IllegalArgumentException(file + ": bootstrap.servers is missing");
    }
    result.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "20000");
    result.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
    return result;
  }
}
