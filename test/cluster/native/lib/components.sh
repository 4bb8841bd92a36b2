# Sourced by up.sh: starts the components inside the namespaces, each in the cluster's cgroup.

# start NAME ARGUMENT...: with a clean environment, unless it already runs
start() {
	local name=$1 pid
	pid=$(cat "$WORK/pids/$name" 2>/dev/null || true)
	if [ -n "$pid" ] && [ "$(in_namespace cat "/proc/$pid/comm" 2>/dev/null)" = "${name:0:15}" ]; then return; fi
	in_namespace env -i PATH="$WORK/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME="$WORK/home" \
		bash -c 'for file in $(cat "$1/conf/cgroups"); do echo $$ >"$file"; done
			log=$1/logs/$2.log pidfile=$1/pids/$2; shift; shift; cd /
			setsid "$@" </dev/null >>"$log" 2>&1 & echo $! >"$pidfile"' \
		start "$WORK" "$name" "$@"
}

start_store() {
	start containerd -c "$CONF/containerd.toml"
	start etcd --name etcd --data-dir "$WORK/etcd" --unsafe-no-fsync --log-level warn \
		--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
		--listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
		--initial-cluster etcd=http://127.0.0.1:2380
}

start_apiserver() {
	start kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
		--bind-address=0.0.0.0 --advertise-address="$NODE_IP" --secure-port=6443 \
		--tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
		--kubelet-client-certificate="$PKI/apiserver-kubelet.crt" --kubelet-client-key="$PKI/apiserver-kubelet.key" \
		--kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
		--requestheader-client-ca-file="$PKI/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
		--requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
		--requestheader-extra-headers-prefix=X-Remote-Extra- \
		--proxy-client-cert-file="$PKI/front-proxy.crt" --proxy-client-key-file="$PKI/front-proxy.key" \
		--service-account-issuer="https://kubernetes.default.svc.$DOMAIN" \
		--service-account-key-file="$PKI/sa.pub" --service-account-signing-key-file="$PKI/sa.key" \
		--service-cluster-ip-range="$SERVICE_RANGE" --authorization-mode=Node,RBAC --allow-privileged=true \
		--enable-admission-plugins=NodeRestriction,PodSecurity
}

# A controller manager with its default client limits takes five seconds to start its controllers.
start_node() {
	start kube-controller-manager --kubeconfig="$PKI/kube-controller-manager.kubeconfig" \
		--authentication-kubeconfig="$PKI/kube-controller-manager.kubeconfig" \
		--authorization-kubeconfig="$PKI/kube-controller-manager.kubeconfig" \
		--bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials \
		--service-account-private-key-file="$PKI/sa.key" --root-ca-file="$PKI/ca.crt" \
		--cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" \
		--kube-api-qps=500 --kube-api-burst=1000 --flex-volume-plugin-dir="$WORK/kubelet/volumeplugins"
	start kube-scheduler --kubeconfig="$PKI/kube-scheduler.kubeconfig" \
		--authentication-kubeconfig="$PKI/kube-scheduler.kubeconfig" \
		--authorization-kubeconfig="$PKI/kube-scheduler.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false
	start kubelet --config="$CONF/kubelet.yaml" --kubeconfig="$PKI/kubelet.kubeconfig" --root-dir="$WORK/kubelet" \
		--hostname-override="$NODE" --node-ip="$NODE_IP"
	start kube-proxy --config="$CONF/kube-proxy.yaml"
}

start_addons() {
	start local-provisioner --kubeconfig="$PKI/local-provisioner.kubeconfig" --dir="$WORK/volumes" --node="$NODE"
	start network-policy --kubeconfig="$PKI/network-policy.kubeconfig"
}
