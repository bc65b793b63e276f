import json

import pytest

from components.image_repository import ImageRepository, ImageRepositoryArgs, lifecycle_policy

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


@pytest.fixture
def repository(declared):
    def declare(**changes):
        args = ImageRepositoryArgs("streaming-dev/applications", KEY, {"component": "images"}, **changes)
        resources = declared(lambda: ImageRepository("applications", args) and None)
        return resources["Repository applications"], resources["LifecyclePolicy applications"]

    return declare


def test_a_tag_names_one_image_forever(repository):
    found, _ = repository()
    assert found["inputs"]["imageTagMutability"] == "IMMUTABLE"
    assert found["inputs"]["imageScanningConfiguration"] == {"scanOnPush": True}
    assert found["inputs"]["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]


@pytest.mark.parametrize("protect", [True, False])
def test_images_survive_a_mistaken_destroy_where_it_is_protected(repository, protect):
    found, policy = repository(protect=protect)
    assert found["inputs"]["forceDelete"] is not protect
    assert found.get("protect", False) is protect
    assert policy["deletedWith"] == found["urn"]


def test_old_images_go(repository):
    _, policy = repository(keep_images=5)
    rules = json.loads(policy["inputs"]["policy"])["rules"]
    assert rules == lifecycle_policy(5)["rules"]
    assert [rule["selection"]["countNumber"] for rule in rules] == [7, 5]
    # ECR refuses a policy whose rule about any image is not the last.
    assert [rule["selection"]["tagStatus"] for rule in rules] == ["untagged", "any"]
