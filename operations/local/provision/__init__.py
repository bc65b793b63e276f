"""The AWS resources of a Pulumi program, really created on the AWS emulator.

`Provisioner.register` takes one registered resource after another and makes the emulator agree with it;
`Provisioner.finish` deletes what is no longer registered. `State` remembers on disk what exists, so that a second
run changes nothing and a changed program changes just that.
"""
