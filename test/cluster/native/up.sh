#!/bin/bash
# Brings up a one-node Kubernetes cluster inside its own mount, network and PID namespace.
#
#   up.sh WORK
#
# Everything it writes is below WORK; everything it runs is in one PID namespace and one cgroup, so that down.sh
# finds and ends it whatever happened. The namespace has no route off this machine: one veth pair joins it to the
# host. Run again, it starts what is missing; what an earlier boot or other programs left, it removes first.
#
# environment: KUBE_BIN      folder of links to the programs (kube-apiserver, ..., kubectl, etcd)
#              KUBE_PAUSE    the pause program
#              KUBE_IMAGES   folder of image archives to import
#              KUBE_PROGRAMS text that names the versions of all of these; another text renews the cluster
set -euo pipefail
HERE=$(dirname "$(realpath "$0")")
WORK=$1
. "$HERE/lib/common.sh"
. "$HERE/lib/namespaces.sh"
. "$HERE/lib/keys.sh"
. "$HERE/lib/configuration.sh"
. "$HERE/lib/components.sh"

SOCKET=$WORK/host/run/containerd/containerd.sock # /run/containerd/containerd.sock in the namespace
CONF=$WORK/conf
PKI=$WORK/pki
NODE=node1
DOMAIN=cluster.local
CNI_BIN=/usr/lib/cni
[ -x $CNI_BIN/bridge ] || CNI_BIN=/opt/cni/bin

started=$(date +%s%N)
say() { printf '%6d ms  %s\n' $((($(date +%s%N) - started) / 1000000)) "$*"; }

# until_ok SECONDS WHAT COMMAND...
until_ok() {
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "$what: not in time; see $WORK/logs"
		sleep 0.1
	done
}

admin() { "$KUBE_BIN/kubectl" --kubeconfig "$WORK/admin.kubeconfig" "$@"; }

import_images() {
	local file stamp
	for file in "$KUBE_IMAGES"/*.tar; do
		stamp=$WORK/containerd/imported-$(basename "$file")
		[ "$stamp" -nt "$file" ] || { ctr -a "$SOCKET" -n k8s.io images import "$file" >/dev/null && touch "$stamp"; }
	done
}

[ "$(id -u)" = 0 ] || fail "must be root"
[ ${#SOCKET} -lt 100 ] || fail "$SOCKET is too long for a unix socket; set XDG_CACHE_HOME to a shorter path"
hold_work
if [ -d "$WORK" ] && ! { alive && [ -n "$(own_links)" ] && [ "$(cat "$WORK/programs" 2>/dev/null)" = "$KUBE_PROGRAMS" ]; }; then
	say "removing what an earlier cluster left"
	"$HERE/down.sh" "$WORK"
fi

if ! alive; then
	mkdir -p "$WORK"/{pki,etcd,containerd,kubelet/volumeplugins,cni,logs,pids,conf,volumes,home,host}
	ln -sfn "$KUBE_BIN" "$WORK/bin"
	make_cgroups
	make_namespaces
	locked take_slot
	in_namespace sh -ec "$(mount_built_in_paths)"
fi
slot=$(cat "$WORK/slot")
LINK=pgcairn$slot
HOST_IP=10.89.$slot.1
NODE_IP=10.89.$slot.2
POD_RANGE=10.244.$slot.0/24
POD_GATEWAY=10.244.$slot.1
SERVICE_RANGE=10.$((96 + slot)).0.0/16
API_IP=10.$((96 + slot)).0.1
DNS_IP=10.$((96 + slot)).0.10
[ -f "$WORK/programs" ] || make_network
say "namespaces"
[ -f "$PKI/done" ] || (make_keys)
make_configuration
printf %s "$KUBE_PROGRAMS" >"$WORK/programs"
say "keys and configuration"

start_store
start_apiserver
until_ok 30 containerd ctr -a "$SOCKET" version
import_images
say "containerd and images"
until_ok 60 kube-apiserver admin get --raw /readyz
say "kube-apiserver"

start_node
until_ok 60 "node registered" admin get node "$NODE"
admin wait --for=condition=Ready "node/$NODE" --timeout=60s >/dev/null || fail "node not Ready; see $WORK/logs/kubelet.log"
say "node Ready"

until_ok 30 "addons" admin apply -f "$CONF/addons.yaml"
start_addons
until_ok 60 "default service account" admin -n default get serviceaccount default
admin -n kube-system rollout status deployment/coredns --timeout=60s >/dev/null || fail "cluster DNS not ready"
say "cluster DNS ready"
