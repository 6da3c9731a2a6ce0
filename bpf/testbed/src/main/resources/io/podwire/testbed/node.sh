# The node of a testbed: bash -c "$(cat rules.sh layouts.sh node.sh)" node.sh CGROUP LAYOUT SERVICES ARGUMENT...
#
# CGROUP is a directory that it makes and removes, of a name that nothing else has. LAYOUT is a function of layouts.sh, which gets the ARGUMENTs; SERVICES is the number of those that nobody calls, where the
# layout has Services.
#
# Runs in a network and a mount namespace of its own. Namespaces and pins have no name outside of it and its children, so
# that they are gone when those are. It removes everything when its standard input ends: whoever held the other end of the
# pipe closed it, or was killed.
#
# Says one line "NAME PID ADDRESS..." for each place and "to TARGET IPV4 IPV6" for each of what a client can connect to, then
# "ready". Anything else is an error message.

set -eu
# Ctrl-C and the end of a terminal reach everything that was started from it; only the end of input may end the node.
trap '' INT HUP TERM PIPE
PATH=$PATH:/usr/sbin:/sbin

bed=$1
layout=$2
services=$3
shift 3

remove() {
  # A process that was just starting can enter a cgroup behind the kill: repeat until the kernel lets the cgroups go.
  while [[ -d $bed ]] && ! find "$bed" -depth -type d -exec rmdir {} + 2>/dev/null; do
    # shellcheck disable=SC2046 # a word for each process
    kill -KILL $(find "$bed" -name cgroup.procs -exec cat {} +) 2>/dev/null || sleep 0.01
  done
}
trap remove EXIT

need() {
  type -P "$1" >/dev/null || { echo "$1 is missing: apt-get install $2"; exit 1; }
}
need ip iproute2
need nsenter util-linux
need taskset util-linux
need find findutils

# within PID COMMAND...: runs it in the network namespace of the process.
within() {
  nsenter --net="/proc/$1/ns/net" "${@:2}"
}

# Addresses are usable at once, the link-local ones that neighbour discovery asks with included.
# shellcheck disable=SC2016 # whoever runs it expands it
no_dad='for scope in all default; do echo 0 >/proc/sys/net/ipv6/conf/$scope/accept_dad; done'

# hold CGROUP: makes a network namespace and a cgroup; $holder is the process that keeps them.
holders=
hold() {
  local made
  mkdir "$bed/$1"
  exec {made}< <(echo "$BASHPID" >"$bed/$1/cgroup.procs" &&
    exec unshare --net sh -c "$no_dad; echo; exec sleep infinity")
  holder=$!
  read -r -u "$made"
  exec {made}<&-
  holders+=" $holder"
}

# A veth drops packets until the kernel has seen its carrier; a dropped SYN costs a second. The node's ends have an index
# (100 and up) that differs from that of their peers: linkwatch_urgent_event() takes a second for those where it is equal.
# An IPv6 address waits for the carrier, too, and is no source of a route before that.
settle() {
  local seen
  while seen=$(within "$1" ip -o -batch - <<<$'link show\naddress show tentative') &&
    [[ $seen =~ 'state DOWN'|'state LOWERLAYERDOWN'|' inet6 ' ]]; do sleep 0.005; done
}

# What a testbed left whose node was killed (out of memory, say): it has no process any more.
while read -r stale; do
  ! grep -q 'populated 0' "$stale/cgroup.events" 2>/dev/null || find "$stale" -depth -type d -exec rmdir {} + 2>/dev/null || true
done < <(find "${bed%/*}" -maxdepth 1 -name 'podwire-testbed-*' -mmin +1)
mkdir "$bed" "$bed/node" "$bed/node/node"
mount -t bpf bpf /sys/fs/bpf
eval "$no_dad"
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding

hold outside
outside=$holder
ip -batch - <<EOF
link set lo up
link add uplink index 100 type veth peer name eth0 netns $outside
address add 10.66.0.1/24 dev uplink
address add fd66::1/64 dev uplink
link set uplink up
EOF
within "$outside" ip -batch - <<EOF
link set lo up
address add 10.66.0.2/24 dev eth0
address add fd66::2/64 dev eth0
link set eth0 up
EOF
echo "outside $outside 10.66.0.2 fd66::2"
node="node $$ 10.66.0.1 fd66::1"

"$layout" "$@"

echo "$node"
for pid in $$ $holders; do settle "$pid"; done
echo ready

while read -r _; do :; done
