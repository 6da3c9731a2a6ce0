# The rules of a node's iptables, as kube-proxy 1.28 (mode iptables) and Calico 3.26 (Felix) write them, and of a pod's, as
# Spiderpool 1.2 does; what they have for node ports, health checks, tunnels, and host endpoints is left out, but for the jumps
# that every packet passes.

service=(10.96.255.1 fd96::ffff:1)
masqueraded=(10.96.255.2 fd96::ffff:2)

# rules FUNCTION SERVER4 SERVER6: loads what the function says for each family.
rules() {
  need iptables-restore iptables
  "$1" '10.96.%d.%d' '10.97.%d.%d' '10.97.%d.%d:8080' 10.64.0.0/13 0 "$2" | iptables-restore -w -n
  "$1" 'fd96::%x:%x' 'fd97::%x:%x' '[fd97::%x:%x]:8080' fd60::/12 1 "$3" | ip6tables-restore -w -n
}

# kube_proxy SERVICE ENDPOINT DESTINATION PODS FAMILY SERVER: the first three are formats. A Service has two endpoints. The two
# that are called come last and have the server for all ports, so that any workload can be behind them.
kube_proxy() {
  printf '%s\n' '*filter' \
    ':KUBE-FORWARD - [0:0]' \
    ':KUBE-PROXY-FIREWALL - [0:0]' \
    ':KUBE-EXTERNAL-SERVICES - [0:0]' \
    ':KUBE-FIREWALL - [0:0]' \
    '-A INPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL' \
    '-A INPUT -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES' \
    '-A INPUT -j KUBE-FIREWALL' \
    '-A FORWARD -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL' \
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD' \
    '-A FORWARD -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES' \
    '-A OUTPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL' \
    '-A OUTPUT -j KUBE-FIREWALL' \
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP' \
    '-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT' \
    '-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT' \
    COMMIT '*nat' \
    ':KUBE-SERVICES - [0:0]' \
    ':KUBE-NODEPORTS - [0:0]' \
    ':KUBE-POSTROUTING - [0:0]' \
    ':KUBE-MARK-MASQ - [0:0]' \
    ':KUBE-SVC-SERVER - [0:0]' \
    ':KUBE-SVC-MASQUERADED - [0:0]' \
    ':KUBE-SEP-SERVER - [0:0]' \
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES' \
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES' \
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING' \
    '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000' \
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN' \
    '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000' \
    '-A KUBE-POSTROUTING -j MASQUERADE --random-fully'
  local i name address one other to_one to_other
  # shellcheck disable=SC2059 # the first three arguments are formats
  for ((i = 0; i < services; i++)); do
    name="default/service-$i:http"
    printf -v address "$1" $((i / 256)) $((i % 256))
    printf -v one "$2" $((i / 128)) $((i * 2 % 256))
    printf -v other "$2" $((i / 128)) $((i * 2 % 256 + 1))
    printf -v to_one "$3" $((i / 128)) $((i * 2 % 256))
    printf -v to_other "$3" $((i / 128)) $((i * 2 % 256 + 1))
    printf '%s\n' ":KUBE-SVC-$i - [0:0]" ":KUBE-SEP-$i-0 - [0:0]" ":KUBE-SEP-$i-1 - [0:0]" \
      "-A KUBE-SERVICES -d $address -p tcp -m comment --comment \"$name cluster IP\" -m tcp --dport 80 -j KUBE-SVC-$i" \
      "-A KUBE-SVC-$i ! -s $4 -d $address -p tcp -m comment --comment \"$name cluster IP\" -m tcp --dport 80 -j KUBE-MARK-MASQ" \
      "-A KUBE-SVC-$i -m comment --comment \"$name -> $to_one\" -m statistic --mode random --probability 0.5 -j KUBE-SEP-$i-0" \
      "-A KUBE-SVC-$i -m comment --comment \"$name -> $to_other\" -j KUBE-SEP-$i-1" \
      "-A KUBE-SEP-$i-0 -s $one -m comment --comment $name -j KUBE-MARK-MASQ" \
      "-A KUBE-SEP-$i-0 -p tcp -m comment --comment $name -m tcp -j DNAT --to-destination $to_one" \
      "-A KUBE-SEP-$i-1 -s $other -m comment --comment $name -j KUBE-MARK-MASQ" \
      "-A KUBE-SEP-$i-1 -p tcp -m comment --comment $name -m tcp -j DNAT --to-destination $to_other"
  done
  printf '%s\n' \
    "-A KUBE-SERVICES -d ${service[$5]} -p tcp -j KUBE-SVC-SERVER" \
    "-A KUBE-SERVICES -d ${masqueraded[$5]} -p tcp -j KUBE-SVC-MASQUERADED" \
    '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS' \
    "-A KUBE-SVC-SERVER ! -s $4 -j KUBE-MARK-MASQ" \
    '-A KUBE-SVC-SERVER -j KUBE-SEP-SERVER' \
    '-A KUBE-SVC-MASQUERADED -j KUBE-MARK-MASQ' \
    '-A KUBE-SVC-MASQUERADED -j KUBE-SEP-SERVER' \
    "-A KUBE-SEP-SERVER -s $6 -j KUBE-MARK-MASQ" \
    "-A KUBE-SEP-SERVER -p tcp -j DNAT --to-destination $6" \
    COMMIT
}

# In a pod of Spiderpool's coordinator: the answers to what came in by veth0 go back there.
coordinator() {
  printf '%s\n' '*mangle' \
    '-A PREROUTING -i veth0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x000001' \
    '-A PREROUTING -m mark --mark 0x000001 -j CONNMARK --save-mark' \
    '-A OUTPUT -j CONNMARK --restore-mark' \
    COMMIT
}

# Calico's rules come first, and have kube-proxy's behind them. Of workloads there are the two pods.
calico() {
  local pod
  printf '%s\n' '*raw' \
    ':cali-PREROUTING - [0:0]' \
    ':cali-from-host-endpoint - [0:0]' \
    '-A PREROUTING -j cali-PREROUTING' \
    '-A cali-PREROUTING -j MARK --set-xmark 0x0/0xf0000' \
    '-A cali-PREROUTING -i cali+ -j MARK --set-xmark 0x40000/0x40000' \
    '-A cali-PREROUTING -m mark --mark 0x40000/0x40000 -m rpfilter --validmark --invert -j DROP' \
    '-A cali-PREROUTING -m mark --mark 0x0/0x40000 -j cali-from-host-endpoint' \
    '-A cali-PREROUTING -m mark --mark 0x10000/0x10000 -j ACCEPT' \
    COMMIT '*mangle' \
    ':cali-PREROUTING - [0:0]' \
    ':cali-POSTROUTING - [0:0]' \
    ':cali-from-host-endpoint - [0:0]' \
    ':cali-to-host-endpoint - [0:0]' \
    '-A PREROUTING -j cali-PREROUTING' \
    '-A POSTROUTING -j cali-POSTROUTING' \
    '-A cali-PREROUTING -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT' \
    '-A cali-PREROUTING -m mark --mark 0x10000/0x10000 -j ACCEPT' \
    '-A cali-PREROUTING -j cali-from-host-endpoint' \
    '-A cali-PREROUTING -m mark --mark 0x10000/0x10000 -j ACCEPT' \
    '-A cali-POSTROUTING -m mark --mark 0x10000/0x10000 -j RETURN' \
    '-A cali-POSTROUTING -j MARK --set-xmark 0x0/0xf0000' \
    '-A cali-POSTROUTING -m conntrack --ctstate DNAT -j cali-to-host-endpoint' \
    '-A cali-POSTROUTING -m mark --mark 0x10000/0x10000 -j RETURN' \
    COMMIT '*nat' \
    ':cali-PREROUTING - [0:0]' \
    ':cali-OUTPUT - [0:0]' \
    ':cali-POSTROUTING - [0:0]' \
    ':cali-fip-dnat - [0:0]' \
    ':cali-fip-snat - [0:0]' \
    ':cali-nat-outgoing - [0:0]' \
    '-A PREROUTING -j cali-PREROUTING' \
    '-A OUTPUT -j cali-OUTPUT' \
    '-A POSTROUTING -j cali-POSTROUTING' \
    '-A cali-PREROUTING -j cali-fip-dnat' \
    '-A cali-OUTPUT -j cali-fip-dnat' \
    '-A cali-POSTROUTING -j cali-fip-snat' \
    '-A cali-POSTROUTING -j cali-nat-outgoing' \
    "-A cali-nat-outgoing -s $4 ! -d $4 -j MASQUERADE --random-fully" \
    COMMIT '*filter' \
    ':cali-FORWARD - [0:0]' \
    ':cali-from-hep-forward - [0:0]' \
    ':cali-to-hep-forward - [0:0]' \
    ':cali-cidr-block - [0:0]' \
    ':cali-from-wl-dispatch - [0:0]' \
    ':cali-to-wl-dispatch - [0:0]' \
    ':cali-pro-kns.default - [0:0]' \
    ':cali-pro-ksa.default.default - [0:0]' \
    ':cali-pri-kns.default - [0:0]' \
    ':cali-pri-ksa.default.default - [0:0]' \
    '-A FORWARD -j cali-FORWARD' \
    '-A cali-FORWARD -j MARK --set-xmark 0x0/0xe0000' \
    '-A cali-FORWARD -m mark --mark 0x0/0x10000 -j cali-from-hep-forward' \
    '-A cali-FORWARD -i cali+ -j cali-from-wl-dispatch' \
    '-A cali-FORWARD -o cali+ -j cali-to-wl-dispatch' \
    '-A cali-FORWARD -j cali-to-hep-forward' \
    '-A cali-FORWARD -j cali-cidr-block' \
    '-A cali-pro-kns.default -j MARK --set-xmark 0x10000/0x10000' \
    '-A cali-pro-kns.default -m mark --mark 0x10000/0x10000 -j RETURN' \
    '-A cali-pri-kns.default -j MARK --set-xmark 0x10000/0x10000' \
    '-A cali-pri-kns.default -m mark --mark 0x10000/0x10000 -j RETURN'
  for pod in cali10 cali11; do
    printf '%s\n' ":cali-fw-$pod - [0:0]" ":cali-tw-$pod - [0:0]" \
      "-A cali-from-wl-dispatch -i $pod -g cali-fw-$pod" \
      "-A cali-to-wl-dispatch -o $pod -g cali-tw-$pod"
    calico_workload "cali-fw-$pod" cali-pro
    calico_workload "cali-tw-$pod" cali-pri
  done
  printf '%s\n' '-A cali-from-wl-dispatch -j DROP' '-A cali-to-wl-dispatch -j DROP' COMMIT
  kube_proxy "$@"
  # Appended to the end of FORWARD, as Felix does
  printf '%s\n' '*filter' \
    '-A FORWARD -m mark --mark 0x10000/0x10000 -j ACCEPT' \
    '-A FORWARD -j MARK --set-xmark 0x10000/0x10000' \
    COMMIT
}

# calico_workload CHAIN PROFILE: one direction of a pod without policies.
calico_workload() {
  printf '%s\n' \
    "-A $1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT" \
    "-A $1 -m conntrack --ctstate INVALID -j DROP" \
    "-A $1 -j MARK --set-xmark 0x0/0x10000" \
    "-A $1 -j $2-kns.default" \
    "-A $1 -m mark --mark 0x10000/0x10000 -j RETURN" \
    "-A $1 -j $2-ksa.default.default" \
    "-A $1 -m mark --mark 0x10000/0x10000 -j RETURN" \
    "-A $1 -j DROP"
}
