{{- define "pgcairn.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 53 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "pgcairn.selectorLabels" -}}
app.kubernetes.io/name: pgcairn
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "pgcairn.labels" -}}
{{ include "pgcairn.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: pgcairn
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "pgcairn.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "pgcairn.fullname" .) .Values.serviceAccount.name }}{{ else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "pgcairn.image" -}}
{{- $image := index .root.Values.image .which -}}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ default .root.Chart.AppVersion $image.tag }}{{ end }}
{{- end }}

{{- define "pgcairn.operatorRules" -}}
- apiGroups: [pgcairn.dev]
  resources: [backuprepositories, postgresbackups, backupdrills]
  verbs: [get, list, watch, patch]
- apiGroups: [pgcairn.dev]
  resources: [backuprepositories/status, postgresbackups/status, backupdrills/status]
  verbs: [get, patch]
- apiGroups: [pgcairn.dev]
  resources: [backuprepositories/finalizers, postgresbackups/finalizers, backupdrills/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
# What the name of a store inside the cluster stands for: a drill reaches that and nothing else
- apiGroups: [""]
  resources: [services]
  verbs: [get]
# Whether the namespace of an object that is being deleted goes too
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [create, patch]
{{- end }}
