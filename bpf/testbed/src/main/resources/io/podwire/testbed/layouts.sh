# The layouts of a testbed: what lies between its pods. Each is a function that node.sh calls when the node and the outside are
# there. "pods" is the tests', and is given the names of its pods; the others have a server and a client.

# macvlan_pod POD N PARENT ADDRESS4 ADDRESS6: a pod with eth0, a macvlan on the parent, and net1, a veth to the node, which is
# its default route.
macvlan_pod() {
  hold "node/$1"
  ip -batch - <<END
link add link $3 name eth0 netns $holder type macvlan mode bridge
link add routed$2 index 1$2 type veth peer name net1 netns $holder
address add 10.67.$2.1/24 dev routed$2
address add fd67:0:0:$2::1/64 dev routed$2
link set routed$2 up
END
  within "$holder" ip -batch - <<END
link set lo up
address add $4/24 dev eth0
address add $5/64 dev eth0
link set eth0 up
address add 10.67.$2.2/24 dev net1
address add fd67:0:0:$2::2/64 dev net1
link set net1 up
route add default via 10.67.$2.1
route add default via fd67:0:0:$2::1
END
  echo "$1 $holder $4 $5 10.67.$2.2 fd67:0:0:$2::2"
  node+=" 10.67.$2.1 fd67:0:0:$2::1"
}

pods() {
  local pod n=10
  for pod; do
    macvlan_pod "$pod" "$n" uplink "10.66.0.$n" "fd66::$n"
    n=$((n + 1))
  done
}

# macvlan_pod_with_services POD N PARENT ADDRESS4 ADDRESS6: the same, and it reaches Services by its address on the macvlan, and
# the node reaches it there. Replies come back through the node where it masquerades: without, a server answers on the
# macvlan, and nothing translates that back.
macvlan_pod_with_services() {
  macvlan_pod "$@"
  settle "$holder"
  within "$holder" ip -batch - <<END
route add 10.96.0.0/12 via 10.67.$2.1 src $4
route add fd96::/16 via fd67:0:0:$2::1 src $5
END
  ip -batch - <<END
route add $4 via 10.67.$2.2
route add $5 via fd67:0:0:$2::2
END
}

macvlan() {
  macvlan_pod_with_services server 10 uplink 10.66.0.10 fd66::10
  macvlan_pod_with_services client 11 uplink 10.66.0.11 fd66::11
  rules kube_proxy 10.66.0.10 fd66::10
  to pod-ip 10.66.0.10 fd66::10
  to service-masqueraded "${masqueraded[@]}"
}

# A second parent, uplink1, and the outside on it.
second_parent() {
  ip -batch - <<END
link add uplink1 index 101 type veth peer name eth1 netns $outside
link set uplink1 up
END
  within "$outside" ip -batch - <<END
address add 10.68.0.2/24 dev eth1
address add fd68::2/64 dev eth1
link set eth1 up
END
}

# The outside is the router between two parents, which stand for two VLANs.
macvlan-routed() {
  second_parent
  within "$outside" sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"
  macvlan_pod_with_services server 10 uplink 10.66.0.10 fd66::10
  within "$holder" ip -batch - <<END
route add 10.68.0.0/24 via 10.66.0.2
route add fd68::/64 via fd66::2
END
  macvlan_pod_with_services client 11 uplink1 10.68.0.11 fd68::11
  within "$holder" ip -batch - <<END
route add 10.66.0.0/24 via 10.68.0.2
route add fd66::/64 via fd68::2
END
  rules kube_proxy 10.66.0.10 fd66::10
  to pod-ip 10.66.0.10 fd66::10
  to service-masqueraded "${masqueraded[@]}"
}

# spiderpool PARENT0 PARENT1 TYPE...: pods as Spiderpool and its coordinator (1.2, mode underlay) make them, on these parents,
# with links of this type.
spiderpool() {
  spiderpool_pod server 10 "$@"
  spiderpool_pod client 11 "$@"
  ip rule add lookup 500 priority 1000
  ip -6 rule add lookup 500 priority 1000
  rules kube_proxy 10.66.0.10 fd66::10
  to pod-ip 10.66.0.10 fd66::10
  to service-masqueraded "${masqueraded[@]}"
}

# spiderpool_pod POD N PARENT0 PARENT1 TYPE...: eth0 and net1, a link on each parent, and veth0, which leads to the node and has
# the same address in every pod. The node has a route to each address of the pod, in table 500. The pod reaches the node and
# Services by veth0; what came in there is marked, and answered by table 100; what it sends from net1's address goes by table 101.
spiderpool_pod() {
  local pod=$1 n=$2 parent0=$3 parent1=$4 address
  shift 4
  hold "node/$pod"
  ip -batch - <<END
link add link $parent0 name eth0 netns $holder type $*
link add link $parent1 name net1 netns $holder type $*
link add veth$n index 1$n address 02:00:00:00:01:$n type veth peer name veth0 address 02:00:00:00:00:$n netns $holder
link set veth$n up
END
  # shellcheck disable=SC2016 # the pod's shell expands it
  within "$holder" sh -c 'for scope in all default eth0 net1 veth0; do echo 0 >/proc/sys/net/ipv4/conf/$scope/rp_filter; done'
  within "$holder" ip -batch - <<END
link set lo up
address add 10.66.0.$n/24 dev eth0
address add fd66::$n/64 dev eth0
link set eth0 up
address add 10.68.0.$n/24 dev net1
address add fd68::$n/64 dev net1
link set net1 up
address add 169.254.100.1/32 dev veth0
link set veth0 up
END
  settle $$
  settle "$holder"
  for address in "10.66.0.$n" "10.68.0.$n" "fd66::$n" "fd68::$n"; do
    ip neighbour add "$address" lladdr "02:00:00:00:00:$n" dev "veth$n"
    ip route add "$address" dev "veth$n" table 500
  done
  within "$holder" ip -batch - <<END
neighbour add 10.66.0.1 lladdr 02:00:00:00:01:$n dev veth0
neighbour add fd66::1 lladdr 02:00:00:00:01:$n dev veth0
route add 10.66.0.1 dev veth0 src 10.66.0.$n
route add fd66::1 dev veth0
route add default via 10.66.0.2 dev eth0
route add default via fd66::2 dev eth0
route add 10.96.0.0/12 via 10.66.0.1 dev veth0 src 10.66.0.$n
route add fd96::/16 via fd66::1 dev veth0
route add default via 10.66.0.1 dev veth0 src 10.66.0.$n table 100
route add default via fd66::1 dev veth0 table 100
rule add fwmark 1 lookup 100 priority 1000
rule add from 10.68.0.$n lookup 101 priority 999
route add 10.68.0.0/24 dev net1 src 10.68.0.$n table 101
route add fd68::/64 dev net1 table 101
route add default via 10.68.0.2 dev net1 table 101
route add default via fd68::2 dev net1 table 101
END
  within "$holder" ip -6 rule add fwmark 1 lookup 100 priority 1000
  within "$holder" ip -6 rule add from "fd68::$n" lookup 101 priority 999
  coordinator | within "$holder" iptables-restore -w -n
  coordinator | within "$holder" ip6tables-restore -w -n
  echo "$pod $holder 10.66.0.$n fd66::$n 10.68.0.$n fd68::$n"
}

spiderpool-macvlan() {
  second_parent
  spiderpool uplink uplink1 macvlan mode bridge
}

spiderpool-vlan() {
  second_parent
  ip -batch - <<END
link add link uplink name uplink.100 type vlan id 100
link add link uplink1 name uplink1.200 type vlan id 200
link set uplink.100 up
link set uplink1.200 up
END
  spiderpool uplink.100 uplink1.200 macvlan mode bridge
}

spiderpool-ipvlan-l2() {
  second_parent
  spiderpool uplink uplink1 ipvlan mode l2
}

spiderpool-ipvlan-l3() {
  second_parent
  spiderpool uplink uplink1 ipvlan mode l3
}

veth-bridge() {
  # Kubernetes needs the node's iptables to see what it bridges: replies to a Service come by the bridge.
  [[ -d /proc/sys/net/bridge ]] || modprobe br_netfilter
  echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
  echo 1 >/proc/sys/net/bridge/bridge-nf-call-ip6tables
  ip -batch - <<END
link add cni0 index 101 type bridge
address add 10.67.0.1/24 dev cni0
address add fd67::1/64 dev cni0
link set cni0 up
END
  node+=" 10.67.0.1 fd67::1"
  bridged_pod server 10
  bridged_pod client 11
  rules kube_proxy 10.67.0.10 fd67::10
  all_targets 10.67.0.10 fd67::10
}

# bridged_pod POD N
bridged_pod() {
  hold "node/$1"
  ip -batch - <<END
link add veth$2 index 1$2 type veth peer name eth0 netns $holder
link set veth$2 master cni0 up
END
  within "$holder" ip -batch - <<END
link set lo up
address add 10.67.0.$2/24 dev eth0
address add fd67::$2/64 dev eth0
link set eth0 up
route add default via 10.67.0.1
route add default via fd67::1
END
  echo "$1 $holder 10.67.0.$2 fd67::$2"
}

veth-iptables() {
  routed_pod server 10
  routed_pod client 11
  rules calico 10.67.0.10 fd67::10
  all_targets 10.67.0.10 fd67::10
}

# routed_pod POD N: as Calico makes them, each alone on its link.
routed_pod() {
  hold "node/$1"
  ip -batch - <<END
link add cali$2 index 1$2 type veth peer name eth0 address 02:00:00:00:00:$2 netns $holder
address add 169.254.1.1/32 dev cali$2 scope link
address add fe80::1/64 dev cali$2
link set cali$2 up
route add 10.67.0.$2 dev cali$2
route add fd67::$2 dev cali$2
END
  within "$holder" ip -batch - <<END
link set lo up
address add 10.67.0.$2/32 dev eth0
address add fd67::$2/128 dev eth0
link set eth0 up
route add 169.254.1.1 dev eth0
route add default via 169.254.1.1
route add default via fe80::1 dev eth0
END
  echo "$1 $holder 10.67.0.$2 fd67::$2"
}

# veth-redirect OBJECT: the program in base64, which goes to a file system that only this process sees. It asks no neighbours,
# so their entries are permanent.
veth-redirect() {
  local n
  routed_pod server 10
  routed_pod client 11
  need tc iproute2
  mount -t tmpfs tmpfs /mnt
  base64 -d <<<"$1" >/mnt/redirect.bpf.o
  for n in 10 11; do
    ip neighbour add 10.67.0.$n lladdr 02:00:00:00:00:$n nud permanent dev cali$n
    ip neighbour add fd67::$n lladdr 02:00:00:00:00:$n nud permanent dev cali$n
    tc qdisc add dev cali$n clsact
    tc filter add dev cali$n ingress bpf direct-action object-file /mnt/redirect.bpf.o section tc
  done
  to pod-ip 10.67.0.10 fd67::10
}

# Both addresses are the node's. The pods are no namespaces, only cgroups.
loopback() {
  mkdir "$bed/node/server" "$bed/node/client"
  echo "server $$ 10.66.0.1 fd66::1"
  echo "client $$ 10.66.0.1 fd66::1"
  to pod-ip 10.66.0.1 fd66::1
}

# to TARGET IPV4 IPV6
to() {
  echo "to $*"
}

# all_targets IPV4 IPV6: of the server.
all_targets() {
  to pod-ip "$@"
  to service "${service[@]}"
  to service-masqueraded "${masqueraded[@]}"
}
