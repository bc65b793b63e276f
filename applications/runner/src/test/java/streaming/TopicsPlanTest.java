package streaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsPlanTest {

  @TempDir Path folder;

  private static TopicsFile.Topic topic(int partitions, int replicationFactor, Map<String, String> config) {
    return new TopicsFile.Topic("events", partitions, (short) replicationFactor, config);
  }

  private static TopicsPlan plan(TopicsFile.Topic wanted, TopicsPlan.Existing existing) {
    return TopicsPlan.of(new TopicsFile(List.of(wanted), List.of()), Map.of("events", existing), Set.of());
  }

  @Test
  void whatIsMissingIsCreated() {
    var plan = TopicsPlan.of(new TopicsFile(List.of(topic(3, 3, null)), List.of()), Map.of(), Set.of());
    assertEquals("events", plan.create().get(0).name());
  }

  @Test
  void whatIsAsWantedIsLeftAlone() {
    var existing = new TopicsPlan.Existing(3, 3, Map.of("retention.ms", "1", "cleanup.policy", "delete"));
    assertEquals(
        new TopicsPlan(List.of(), List.of(), Map.of(), List.of(), List.of(), List.of()),
        plan(topic(3, 3, Map.of("retention.ms", "1")), existing));
  }

  @Test
  void partitionsGrowAndNeverShrink() {
    var existing = new TopicsPlan.Existing(4, 3, Map.of());
    assertEquals(1, plan(topic(6, 3, null), existing).grow().size());
    var refusal = plan(topic(2, 3, null), existing).refusals().get(0);
    assertTrue(refusal.contains("has 4 partitions, 2 are wanted"), refusal);
    assertTrue(refusal.contains("ask for 4"), refusal);
  }

  @Test
  void anotherReplicationFactorIsTold() {
    var plan = plan(topic(3, 3, null), new TopicsPlan.Existing(3, 1, Map.of()));
    assertTrue(plan.warnings().get(0).contains("replication factor 1, 3 is wanted"));
    assertTrue(plan.refusals().isEmpty());
    var anything = new TopicsFile.Topic("events", 3, null, null);
    assertTrue(plan(anything, new TopicsPlan.Existing(3, 1, Map.of())).warnings().isEmpty());
  }

  @Test
  void onlyDifferentSettingsAreSet() {
    var existing = new TopicsPlan.Existing(3, 3, Map.of("retention.ms", "1", "min.insync.replicas", "2"));
    var plan = plan(topic(3, 3, Map.of("retention.ms", "2", "min.insync.replicas", "2")), existing);
    assertEquals(Map.of("events", Map.of("retention.ms", "2")), plan.configure());
  }

  @Test
  void onlyMissingRightsAreGivenAndEachOnce() {
    var read = new TopicsFile.Acl("User:a", "Read", "topic", "events", "literal");
    var same = new TopicsFile.Acl("User:a", "READ", "topic", "events", null);
    var other = new TopicsFile.Acl("User:a", "DescribeConfigs", "transactional id", "a-", "prefixed");
    var plan = TopicsPlan.of(new TopicsFile(List.of(), List.of(read, same, other)), Map.of(), Set.of(read.binding()));
    assertEquals(List.of(other.binding()), plan.grant());
    assertEquals(AclOperation.DESCRIBE_CONFIGS, other.binding().entry().operation());
    assertEquals(ResourceType.TRANSACTIONAL_ID, other.binding().pattern().resourceType());
  }

  @Test
  void everyMistakeOfAFileIsTold() throws IOException {
    var file = Files.writeString(folder.resolve("topics.json"), """
        {"topics": [{"name": "a/b", "partitions": 1}, {"name": "c", "partitions": 0, "replication_factor": 0},
                    {"name": "c", "partitions": 1}],
         "acls": [{"principal": "User:x", "operation": "Reed", "resource": "any", "name": "c"}]}""");
    var error = assertThrows(IllegalArgumentException.class, () -> TopicsFile.read(file));
    for (String part : new String[] {"a/b", "partitions is 0", "replication_factor is 0", "twice", "'any' is none of"}) {
      assertTrue(error.getMessage().contains(part), error.getMessage());
    }
    Files.writeString(file, "{\"topics\": [{\"nome\": \"c\"}]}");
    error = assertThrows(IllegalArgumentException.class, () -> TopicsFile.read(file));
    assertTrue(error.getMessage().contains("nome"), error.getMessage());
  }
}
