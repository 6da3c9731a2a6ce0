{{/* Names do not depend on the release, since a node can have only one Podwire. */}}

{{/* The labels that selectors use, the same as in kustomize. Takes a component. */}}
{{- define "podwire.selector" -}}
app.kubernetes.io/name: podwire
app.kubernetes.io/component: {{ . }}
{{- end }}

{{/* The labels of pods, which a new version of the chart does not change. Takes a list of the context and a component. */}}
{{- define "podwire.podLabels" -}}
{{ include "podwire.selector" (last .) }}
app.kubernetes.io/part-of: podwire
app.kubernetes.io/instance: {{ (first .).Release.Name | quote }}
{{- end }}

{{/* Kubernetes' recommended labels. Takes a list of the context and a component. */}}
{{- define "podwire.labels" -}}
{{- $context := first . -}}
{{ include "podwire.podLabels" . }}
app.kubernetes.io/version: {{ $context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $context.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The fields of a container that say its image. */}}
{{- define "podwire.image" -}}
{{- $image := .Values.image -}}
{{- $registry := .Values.global.imageRegistryOverride | default $image.registry -}}
{{- $version := printf ":%s" ($image.tag | default .Chart.AppVersion) -}}
{{- if $image.digest }}{{ $version = printf "@%s" $image.digest }}{{ end -}}
image: {{ printf "%s/%s%s" $registry $image.repository $version | quote }}
{{- with $image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end }}

{{/* The field of a pod that names what its images are pulled with. */}}
{{- define "podwire.imagePullSecrets" -}}
{{- with .Values.image.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The configuration of the agent, which has a default of its own for each value that is empty. */}}
{{- define "podwire.configuration" -}}
{{- with .Values.agent -}}
PODWIRE_MODE: {{ .mode }}
PODWIRE_EXCLUDED_NAMESPACES: {{ join "," .excludedNamespaces | quote }}
PODWIRE_NETWORK_POLICY: {{ .networkPolicy }}
{{- range $name, $value := dict
  "PODWIRE_ACCEPT" (join "," .accept)
  "PODWIRE_CGROUP" .cgroup
  "PODWIRE_CNI_SOCKET" (ternary "/run/podwire/cni.sock" "" $.Values.cni.enabled)
  "PODWIRE_GEARS" .gears
  "PODWIRE_HEARTBEAT" .heartbeat
  "PODWIRE_LISTEN" .listen
  "PODWIRE_MAX_BACKLOG_MEMORY" (int64 .maxBacklogMemory)
  "PODWIRE_PIN_DIR" .pinDir
  "PODWIRE_POD_SELECTOR" .podSelector
  "PODWIRE_POLICY_KINDS" (join "," .policyKinds)
  "PODWIRE_PROBE_LISTEN" .probeListen
  "PODWIRE_RESYNC" .resync
  "PODWIRE_WORKLOAD_PAIRS" (toString .workloadPairs)
  "PODWIRE_YIELD_TO" (join ";" .yieldTo) }}
{{- if $value }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The fields of a pod that runs on every node. */}}
{{- define "podwire.everyNode" -}}
serviceAccountName: {{ .Values.serviceAccount.name | quote }}
{{- include "podwire.imagePullSecrets" . }}
# Masqueraded connections come from the node's addresses, which only its own network namespace knows.
hostNetwork: true
{{- with .Values.daemonSet.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.daemonSet.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.daemonSet.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.daemonSet.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The security context of a container that works on the datapath. */}}
{{- define "podwire.datapathRights" -}}
{{- if .Values.agent.privileged -}}
privileged: true
readOnlyRootFilesystem: true
{{- else -}}
{{ include "podwire.capabilities" (list "BPF" "PERFMON" "NET_ADMIN") }}
{{- end }}
{{- end }}

{{/* The security context of a container that has some capabilities and no other rights. Takes their names. */}}
{{- define "podwire.capabilities" -}}
runAsUser: 0
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
seccompProfile:
  type: RuntimeDefault
capabilities:
  drop: [ALL]
  add: {{- toYaml . | nindent 4 }}
{{- end }}

{{/* The volumes of a pod that works on the datapath. */}}
{{- define "podwire.volumes" -}}
{{- if .Values.cni.enabled -}}
# The container runtime finds the lists of CNI plugins here.
- name: cni-conf
  hostPath:
    path: {{ .Values.cni.confDir | quote }}
    type: DirectoryOrCreate
{{ end -}}
# The pins are here, and outlive the agent.
- name: bpffs
  hostPath:
    path: /sys/fs/bpf
    type: Directory
# The programs are attached to the root of the cgroups, and so to the connections of all pods of the node.
- name: cgroup
  hostPath:
    path: /sys/fs/cgroup
    type: Directory
# The result of the check is kept here, so that the check is made once and not at each start.
- name: state
  hostPath:
    path: {{ .Values.agent.stateDir | quote }}
    type: DirectoryOrCreate
# It shows which addresses a pod's network namespace has. What a pod's annotations say proves nothing.
- name: proc
  hostPath:
    path: /proc
    type: Directory
- name: tmp
  emptyDir:
    medium: Memory
    sizeLimit: 16Mi
{{- end }}

{{/* The address of ADDRESS:PORT, without brackets. Takes the text. */}}
{{- define "podwire.address" -}}
{{ regexReplaceAll ":[0-9]+$" . "" | trimPrefix "[" | trimSuffix "]" }}
{{- end }}

{{/* The port of ADDRESS:PORT. Takes the text. */}}
{{- define "podwire.port" -}}
{{ regexFind "[0-9]+$" . }}
{{- end }}

{{/* The endpoint that Prometheus scrapes. The alerts and the dashboard use the label node. Takes the values of a monitor. */}}
{{- define "podwire.endpoint" -}}
port: metrics
{{- with .interval }}
interval: {{ . }}
{{- end }}
relabelings:
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: node
{{- end }}

{{/* The security context of a container that needs no rights. */}}
{{- define "podwire.noRights" -}}
runAsNonRoot: true
runAsUser: 65534
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
seccompProfile:
  type: RuntimeDefault
capabilities:
  drop: [ALL]
{{- end }}

{{/* The annotations of a pre-delete hook that is not needed once it has succeeded. From Helm 3.19 on it is also deleted where
a later hook fails, so nothing has them that shows why. Takes its weight. */}}
{{- define "podwire.beforeDeletion" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* The fields of a pod that runs on one node. */}}
{{- define "podwire.oneNode" -}}
terminationGracePeriodSeconds: 1
{{- include "podwire.imagePullSecrets" . }}
{{- with .Values.daemonSet.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hooks.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
