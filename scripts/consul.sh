#!/usr/bin/env bash
# Builds a Consul agent from its public Go module: Debian has no package of it. Usage: scripts/consul.sh [FOLDER]; prints the path of the program.
# Set DARUMA_CONSUL to that path. It takes Go 1.23 or newer, about 2 GB on disk, and many minutes of CPU on a small machine.
set -euo pipefail

version=${CONSUL_VERSION:-v1.20.6}
folder=${1:-${TMPDIR:-/tmp}/daruma-consul-$version}
mkdir -p "$folder"
cd "$folder"
if [ -x consul ] && ./consul version >/dev/null 2>&1; then
	echo "$folder/consul"
	exit 0
fi

# Its go.mod has replace lines, so `go install` refuses it: a module of our own that requires it builds the same program.
cat >go.mod <<END
module build

go 1.23.8

require github.com/hashicorp/consul $version
END
# Its own list of checksums comes along, so that every module is checked against what its authors built with.
cp "$(go mod download -json "github.com/hashicorp/consul@$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/go.sum" go.sum
chmod u+w go.sum
# A file that names the program keeps it in the module graph.
cat >tools.go <<'END'
//go:build tools

package tools

import _ "github.com/hashicorp/consul"
END
# One package at a time, and last in the queue: a build must not disturb what else runs here.
GOFLAGS=-mod=mod CGO_ENABLED=0 nice -n 19 go build -p "${CONSUL_BUILD_JOBS:-1}" -trimpath \
	-ldflags "-s -w -X github.com/hashicorp/consul/version.GitCommit=module" -o consul.part github.com/hashicorp/consul >&2
mv consul.part consul
echo "$folder/consul"
