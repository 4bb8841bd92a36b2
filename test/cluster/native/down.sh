#!/bin/bash
# Ends the cluster that up.sh started in WORK, however far it came, and removes all it left.
#
#   down.sh WORK
set -euo pipefail
HERE=$(dirname "$(realpath "$0")")
WORK=$1
. "$HERE/lib/common.sh"
hold_work
[ -d "$WORK" ] || exit 0
[ -d "$WORK/conf" ] && [ -d "$WORK/pids" ] || fail "$WORK is not the folder of a cluster"

# Every process of the namespace goes with its init. When that was not recorded, the cgroup still knows it.
end_processes() {
	local pid
	if alive; then kill -KILL "$(init_pid)"; else for pid in $(cluster_processes); do kill -KILL "$pid" 2>/dev/null || true; done; fi
	for _ in $(seq 300); do
		[ -n "$(cluster_processes)" ] || return 0
		sleep 0.1
	done
	fail "still running: $(cluster_processes | tr '\n' ' ')"
}

# A cgroup is busy until its last process has been reaped.
remove_cgroups() {
	local group left
	for _ in $(seq 100); do
		left=
		for group in /sys/fs/cgroup/"$CGROUP" /sys/fs/cgroup/*/"$CGROUP"; do # runc also makes one in an unused hierarchy
			[ -d "$group" ] || continue
			find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || left="$left $group"
		done
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	fail "cgroups cannot be removed:$left"
}

# The last cluster of this machine restores what all of them share; run under the lock.
release_slot() {
	local link setting path
	for link in $(own_links); do ip link del "$link" 2>/dev/null || true; done # the namespace's own end may take it first
	[ -z "$(other_links)" ] || return 0
	[ ! -f "$SHARED/sysctl" ] || while read -r setting; do sysctl -qw "$setting" || true; done <"$SHARED/sysctl"
	[ ! -f "$SHARED/mount-points" ] || tac "$SHARED/mount-points" | while read -r path; do rmdir "$path" 2>/dev/null || true; done
	rm -f "$SHARED/sysctl" "$SHARED/mount-points"
}

end_processes
remove_cgroups
locked release_slot
if grep -q " $WORK/" /proc/self/mountinfo; then fail "still mounted below $WORK"; fi
rm -rf --one-file-system "$WORK"
