#!/bin/sh
# Leaves of a Node image what runs programs: no package manager, no compiler's headers, no documentation, nothing that has somebody else's rights.
# What is installed stays listed in /var/lib/dpkg, where scanners look it up.
set -eu
rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/* /root/.npm
rm -rf /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /usr/share/perl* /usr/lib/*/perl* /usr/bin/perl*
rm -rf /usr/lib/apt /usr/lib/*/libapt* /usr/bin/apt* /usr/bin/dpkg* /var/lib/apt /var/cache /var/log /tmp/*
mkdir -p /var/log /tmp && chmod 1777 /tmp
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
groupadd --gid 10001 cooly
useradd --uid 10001 --gid cooly --no-create-home --home-dir /var/lib/cooly --shell /usr/sbin/nologin cooly
mkdir -p /var/lib/cooly && chown 10001:10001 /var/lib/cooly
