package streaming;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * What is wanted: {@code {"topics": [...], "acls": [...]}}.
 *
 * @param topics topics by name, each once
 * @param acls rights that must be given; an empty list touches no ACL at all (MSK Serverless has none)
 */
record TopicsFile(List<Topic> topics, List<Acl> acls) {

  /**
   * One topic.
   *
   * @param partitions at least this many
   * @param replicationFactor null takes the broker's default
   * @param config settings of the topic that must have these values; others are left alone
   */
  record Topic(
      String name,
      int partitions,
      @JsonProperty("replication_factor") Short replicationFactor,
      Map<String, String> config) {

    Topic {
      config = config == null ? Map.of() : Map.copyOf(config);
    }
  }

  /** One right, in the words of Kafka's own kafka-acls. It is given on every host. */
  record Acl(String principal, String operation, String resource, String name, String pattern) {

    AclBinding binding() {
      PatternType type = pattern == null ? PatternType.LITERAL : one(PatternType.class, pattern);
      var resourcePattern = new ResourcePattern(one(ResourceType.class, resource), name, type);
      return new AclBinding(
          resourcePattern,
          new AccessControlEntry(principal, "*", one(AclOperation.class, operation), AclPermissionType.ALLOW));
    }
  }

  static TopicsFile read(Path file) throws IOException {
    TopicsFile read;
    try {
      read = new ObjectMapper()
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .readValue(Files.readString(file), TopicsFile.class);
    } catch (JsonProcessingException error) {
      throw new IllegalArgumentException(file + ": " + error.getOriginalMessage());
    }
    TopicsFile result = new TopicsFile(
        read.topics() == null ? List.of() : read.topics(), read.acls() == null ? List.of() : read.acls());
    List<String> mistakes = result.mistakes();
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(file + ": " + String.join("; ", mistakes));
    }
    return result;
  }

  List<String> mistakes() {
    List<String> mistakes = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Topic topic : topics) {
      if (topic.name() == null || !topic.name().matches("[A-Za-z0-9._-]{1,249}")) {
        mistakes.add("topic " + topic.name() + ": a name has 1 to 249 of A-Z a-z 0-9 . _ -");
      } else if (!names.add(topic.name())) {
        mistakes.add("topic " + topic.name() + " is there twice");
      }
      if (topic.partitions() < 1) {
        mistakes.add("topic " + topic.name() + ": partitions is " + topic.partitions() + ", at least 1 is needed");
      }
      if (topic.replicationFactor() != null && topic.replicationFactor() < 1) {
        mistakes.add("topic " + topic.name() + ": replication_factor is " + topic.replicationFactor()
            + "; leave it out for the broker's default");
      }
    }
    for (Acl acl : acls) {
      try {
        acl.binding();
      } catch (RuntimeException error) {
        mistakes.add(acl + ": " + error.getMessage());
      }
    }
    return mistakes;
  }

  /** The constant that is meant by DescribeConfigs, describe_configs, transactional id and the like. */
  static <E extends Enum<E>> E one(Class<E> kind, String text) {
    String wanted = plain(text == null ? "" : text);
    return Arrays.stream(kind.getEnumConstants())
        .filter(constant -> plain(constant.name()).equals(wanted) && !Set.of("unknown", "any", "match").contains(wanted))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is none of "
            + Arrays.stream(kind.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .filter(name -> !Set.of("unknown", "any", "match").contains(name))
                .collect(Collectors.joining(", "))));
  }

  private static String plain(String text) {
    return text.replaceAll("[_ -]", "").toLowerCase(Locale.ROOT);
  }
}
