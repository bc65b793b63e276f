package streaming;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.acl.AclBinding;

/**
 * What has to be done, from what is wanted and what is there. Nothing is ever removed.
 *
 * @param create topics that are missing
 * @param grow topics with fewer partitions than wanted
 * @param configure topic -> settings with another value than wanted
 * @param grant rights that are missing
 * @param refusals what cannot be done; with any of these nothing is done
 * @param warnings what differs and stays so
 */
record TopicsPlan(
    List<TopicsFile.Topic> create,
    List<TopicsFile.Topic> grow,
    Map<String, Map<String, String>> configure,
    List<AclBinding> grant,
    List<String> refusals,
    List<String> warnings) {

  /** A topic as it is: its number of partitions, its replication factor, its settings with their defaults. */
  record Existing(int partitions, int replicationFactor, Map<String, String> config) {}

  static TopicsPlan of(TopicsFile wanted, Map<String, Existing> topics, Collection<AclBinding> acls) {
    TopicsPlan plan = new TopicsPlan(
        new ArrayList<>(), new ArrayList<>(), new TreeMap<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    wanted.topics().forEach(topic -> plan.look(topic, topics.get(topic.name())));
    wanted.acls().stream()
        .map(TopicsFile.Acl::binding)
        .distinct()
        .filter(binding -> !acls.contains(binding))
        .forEach(plan.grant::add);
    return plan;
  }

  private void look(TopicsFile.Topic topic, Existing existing) {
    if (existing == null) {
      create.add(topic);
      return;
    }
    if (existing.partitions() > topic.partitions()) {
      refusals.add("topic " + topic.name() + " has " + existing.partitions() + " partitions, " + topic.partitions()
          + " are wanted; partitions cannot be taken away: ask for " + existing.partitions() + ", or use a new topic");
    } else if (existing.partitions() < topic.partitions()) {
      grow.add(topic);
    }
    if (topic.replicationFactor() != null && existing.replicationFactor() != topic.replicationFactor()) {
      warnings.add("topic " + topic.name() + " has replication factor " + existing.replicationFactor() + ", "
          + topic.replicationFactor() + " is wanted; it stays: move its replicas with kafka-reassign-partitions");
    }
    Map<String, String> different = new TreeMap<>();
    topic.config().forEach((key, value) -> {
      if (!value.equals(existing.config().get(key))) {
        different.put(key, value);
      }
    });
    if (!different.isEmpty()) {
      configure.put(topic.name(), different);
    }
  }
}
