{{/* Names do not depend on the release: a node can have only one Podwire. */}}

{{/* What the selectors of kustomize select too, so that a release can take over. Of: component. */}}
{{- define "podwire.selector" -}}
app.kubernetes.io/name: podwire
app.kubernetes.io/component: {{ . }}
{{- end }}

{{/* Kubernetes' recommended labels. Of: list of the context and the component. */}}
{{- define "podwire.labels" -}}
{{- $context := first . -}}
{{ include "podwire.selector" (last .) }}
app.kubernetes.io/part-of: podwire
app.kubernetes.io/instance: {{ $context.Release.Name }}
app.kubernetes.io/version: {{ $context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $context.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The image, as a container says it. */}}
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

{{- define "podwire.imagePullSecrets" -}}
{{- with .Values.image.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The configuration of the agent: what is empty it decides itself. */}}
{{- define "podwire.configuration" -}}
{{- with .Values.agent -}}
PODWIRE_MODE: {{ .mode }}
PODWIRE_EXCLUDED_NAMESPACES: {{ join "," .excludedNamespaces | quote }}
PODWIRE_NETWORK_POLICY: {{ .networkPolicy }}
{{- range $name, $value := dict
  "PODWIRE_ACCEPT" (join "," .accept)
  "PODWIRE_CGROUP" .cgroup
  "PODWIRE_GEARS" .gears
  "PODWIRE_HEARTBEAT" .heartbeat
  "PODWIRE_LISTEN" .listen
  "PODWIRE_MAX_BACKLOG_MEMORY" (int64 .maxBacklogMemory)
  "PODWIRE_PIN_DIR" .pinDir
  "PODWIRE_POD_SELECTOR" .podSelector
  "PODWIRE_PROBE_LISTEN" .probeListen
  "PODWIRE_RESYNC" .resync }}
{{- if $value }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where pods go that work on every node. */}}
{{- define "podwire.everyNode" -}}
serviceAccountName: {{ .Values.serviceAccount.name }}
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

{{/* What a container may that works on the datapath. */}}
{{- define "podwire.datapathRights" -}}
{{- if .Values.agent.privileged -}}
privileged: true
readOnlyRootFilesystem: true
{{- else -}}
{{ include "podwire.capabilities" (list "BPF" "PERFMON" "NET_ADMIN") }}
{{- end }}
{{- end }}

{{/* Nothing but these capabilities. Of: their names. */}}
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

{{- define "podwire.volumes" -}}
# The pins: what outlives the agent.
- name: bpffs
  hostPath:
    path: /sys/fs/bpf
    type: Directory
# What the programs are attached to: connections of all pods of the node.
- name: cgroup
  hostPath:
    path: /sys/fs/cgroup
    type: Directory
# The result of the check, so that it is made once and not at each start.
- name: state
  hostPath:
    path: {{ .Values.agent.stateDir }}
    type: DirectoryOrCreate
# Which addresses lie in a pod's network namespace: what a pod's annotations say proves nothing.
- name: proc
  hostPath:
    path: /proc
    type: Directory
- name: tmp
  emptyDir:
    medium: Memory
    sizeLimit: 16Mi
{{- end }}

{{/* The two parts of ADDRESS:PORT. Of: the text. */}}
{{- define "podwire.address" -}}
{{ regexReplaceAll ":[0-9]+$" . "" | trimPrefix "[" | trimSuffix "]" }}
{{- end }}

{{- define "podwire.port" -}}
{{ regexFind "[0-9]+$" . }}
{{- end }}

{{/* Where Prometheus scrapes; the alerts and the dashboard use the label node. Of: values of a monitor. */}}
{{- define "podwire.endpoint" -}}
port: metrics
{{- with .interval }}
interval: {{ . }}
{{- end }}
relabelings:
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: node
{{- end }}

{{- define "podwire.noRights" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Of a hook that is there until it has succeeded. Of: its weight. */}}
{{- define "podwire.beforeDeletion" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* Where pods go that work on one node. */}}
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
