# Sourced by up.sh and down.sh: where everything is, and what is alive. WORK is set.
WORK=$(realpath -m "$WORK")
CGROUP=kube-$(printf %s "$WORK" | sha256sum | cut -c1-8)
SHARED=/run/pgcairn # what clusters of this machine have in common: the lock, and what the last one restores

fail() {
	echo "cluster: $*" >&2
	exit 1
}

# cgroup_roots: the folders, one per hierarchy of version 1 or the one of version 2, that hold the cluster's cgroup
cgroup_roots() {
	if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
		echo /sys/fs/cgroup
		return
	fi
	local file
	for file in /sys/fs/cgroup/*/cgroup.procs; do
		[ -f "${file%.procs}.controllers" ] || echo "${file%/cgroup.procs}" # a version 2 hierarchy beside has no controllers
	done
}

# cluster_processes: every process of the cluster, by the cgroup that all of them are born in
cluster_processes() {
	local root
	for root in $(cgroup_roots); do
		[ ! -d "$root/$CGROUP" ] || find "$root/$CGROUP" -name cgroup.procs -exec cat {} + 2>/dev/null
	done | sort -un
}

# alive: the namespaces that WORK records exist, and are of this boot
alive() {
	[ -s "$WORK/namespace" ] || return 1
	local pid id boot
	read -r pid id boot <"$WORK/namespace"
	[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "$(readlink "/proc/$pid/ns/pid" 2>/dev/null)" = "$id" ] &&
		nsenter -t "$pid" -p -- true 2>/dev/null # one that is being taken down takes no new process
}

init_pid() { cut -d' ' -f1 "$WORK/namespace"; }
in_namespace() { nsenter -t "$(init_pid)" -m -n -p -- "$@" 8>&-; }

# hold_work: until this script and what it calls end, no other one raises or ends this cluster
hold_work() {
	[ -z "${KUBE_HOLDS_WORK:-}" ] || return 0
	mkdir -p "$SHARED"
	exec 8>"$SHARED/$CGROUP.lock"
	flock --nonblock 8 || { echo "waiting for another process that raises or ends this cluster" && flock 8; }
	export KUBE_HOLDS_WORK=1
}

# locked COMMAND...: one cluster at a time may choose addresses or restore what is shared
locked() {
	mkdir -p "$SHARED"
	(
		flock 9
		"$@" 9>&-
	) 9>"$SHARED/lock"
}

# Links are named after their addresses, which are given again when a cluster is gone: only the alias tells whose one is.
own_links() { ip -o link show type veth | sed -nE "s/^[0-9]+: (pgcairn[0-9]+)@.* alias $CGROUP\b.*/\1/p"; }
other_links() { ip -o link show type veth | grep -E '^[0-9]+: pgcairn[0-9]+@' | grep -vE " alias $CGROUP\b" || true; }
