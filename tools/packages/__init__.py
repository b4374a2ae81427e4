"""Proof of the packages that a deploy uploads: zipped, unzipped and run as on Lambda.

What works in a checkout can fail on Lambda: files that its user may not read, binaries for another
processor or a newer system, a package that only this machine has, another boto3. ``prove`` looks
for all of that without an AWS account.
"""
