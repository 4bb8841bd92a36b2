# Sourced by up.sh: the namespaces and cgroups that hold the cluster, and its link to the host.

make_cgroups() {
	local root group
	for root in $(cgroup_roots); do
		if [ -f "$root/cgroup.subtree_control" ]; then
			for group in cpuset cpu io memory pids; do echo "+$group" >"$root/cgroup.subtree_control" 2>/dev/null || true; done
		fi
		for group in "$root/$CGROUP" "$root/$CGROUP/system"; do
			[ ! -d "$group" ] || continue
			mkdir "$group"
			[ ! -f "$root/cpuset.mems" ] || { cat "$root/cpuset.cpus" >"$group/cpuset.cpus" && cat "$root/cpuset.mems" >"$group/cpuset.mems"; }
		done
		echo "$root/$CGROUP/system/cgroup.procs"
	done >"$WORK/conf/cgroups"
}

# The namespaces' first process is the pause program; it is put into the cgroup before it exists, so that down.sh
# finds it even when this script dies before it has recorded the process.
make_namespaces() {
	local parent init=
	(
		for file in $(cat "$WORK/conf/cgroups"); do echo "$BASHPID" >"$file"; done
		exec setsid unshare --mount --net --pid --fork --mount-proc --propagation private "$KUBE_PAUSE"
	) </dev/null >/dev/null 2>&1 8>&- &
	parent=$!
	for _ in $(seq 200); do
		init=$(ps -o pid= --ppid "$parent" | tr -d ' ') && [ -n "$init" ] &&
			[ "$(readlink "/proc/$init/exe")" = "$(realpath "$KUBE_PAUSE")" ] && break
		init=
		sleep 0.02
	done
	[ -n "$init" ] || fail "the namespaces did not start"
	echo "$init $(readlink "/proc/$init/ns/pid") $(cat /proc/sys/kernel/random/boot_id)" >"$WORK/namespace"
}

# Takes the first set of addresses that no other cluster of this machine has; run under the lock.
take_slot() {
	local slot path keys=(kernel.panic kernel.panic_on_oops vm.overcommit_memory vm.panic_on_oom kernel.keys.root_maxkeys kernel.keys.root_maxbytes)
	for slot in 0 1 2 3 4 5 6 7 8 9; do
		ip link show "pgcairn$slot" >/dev/null 2>&1 && continue
		{ ip -o addr && ip route; } | grep -qE "\b(10\.89\.$slot|10\.244\.$slot|10\.$((96 + slot))\.0)\." && continue
		break
	done
	ip link add "pgcairn$slot" type veth peer name eth0 netns "$(init_pid)" || return
	ip link set "pgcairn$slot" alias "$CGROUP"
	echo "$slot" >"$WORK/slot"
	# kubelet changes values that no namespace holds apart
	[ -f "$SHARED/sysctl" ] || for path in "${keys[@]}"; do echo "$path=$(sysctl -n "$path")"; done >"$SHARED/sysctl"
	for path in "${BUILT_IN_PATHS[@]}"; do
		[ -d "$path" ] || { mkdir -p "$path" && echo "$path" >>"$SHARED/mount-points"; }
	done
}

# Paths that the components have built in, each given a place of its own; only the cluster's namespace sees them.
BUILT_IN_PATHS=(/run/containerd /var/lib/cni /var/lib/kubelet /var/log/pods /var/log/containers /tmp/hostpath_pv /opt/containerd)

mount_built_in_paths() {
	local path
	echo "mount --make-rshared /"
	for path in "${BUILT_IN_PATHS[@]}"; do
		mkdir -p "$WORK/host$path"
		echo "mount --bind '$WORK/host$path' $path"
	done
}

make_network() {
	ip addr add "$HOST_IP/30" dev "$LINK"
	ip link set "$LINK" up
	# There is no default route; without some route a connection to a Service ends before it is translated.
	in_namespace sh -ec "
		ip link set lo up
		ip addr add $NODE_IP/30 dev eth0
		ip link set eth0 up
		ip link add cni0 type bridge
		ip addr add $POD_GATEWAY/24 dev cni0
		ip link set cni0 up
		ip route add $SERVICE_RANGE dev cni0
		sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1"
	ip route replace "$SERVICE_RANGE" via "$NODE_IP"
	ip route replace "$POD_RANGE" via "$NODE_IP"
}
