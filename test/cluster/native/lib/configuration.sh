# Sourced by up.sh: the components' configuration files, below WORK/conf and WORK/cni.

# put FILE: writes standard input there unless it says so already (kube-proxy ends when its file is rewritten)
put() {
	local new
	new=$(mktemp "$WORK/conf/.put.XXXXXX")
	cat >"$new"
	if cmp -s "$new" "$1"; then rm "$new"; else mv "$new" "$1"; fi
}

make_configuration() {
	put "$CONF/containerd.toml" <<-T
		version = 2
		root = "$WORK/containerd/root"
		state = "$WORK/containerd/state"
		disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
		[grpc]
		  address = "/run/containerd/containerd.sock"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "localhost/pause:1"
		  restrict_oom_score_adj = true
		  netns_mounts_under_state_dir = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "$CNI_BIN"
		    conf_dir = "$WORK/cni"
		  [plugins."io.containerd.grpc.v1.cri".containerd]
		    snapshotter = "overlayfs"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		      runtime_type = "io.containerd.runc.v2"
		      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		        SystemdCgroup = false
	T
	put "$WORK/cni/10-pods.conflist" <<-J
		{"cniVersion": "0.4.0", "name": "pods", "plugins": [
		  {"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "ipMasq": false,
		   "ipam": {"type": "host-local", "dataDir": "$WORK/cni/addresses",
		            "ranges": [[{"subnet": "$POD_RANGE", "gateway": "$POD_GATEWAY"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
		  {"type": "portmap", "capabilities": {"portMappings": true}}]}
	J
	echo "# no resolver outside the cluster" | put "$CONF/resolv.conf"
	put "$CONF/kubelet.yaml" <<-Y
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		address: $NODE_IP
		containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
		cgroupDriver: cgroupfs
		cgroupRoot: /$CGROUP
		failCgroupV1: false
		failSwapOn: false
		protectKernelDefaults: false
		oomScoreAdj: 0
		clusterDNS: [$DNS_IP]
		clusterDomain: $DOMAIN
		resolvConf: $CONF/resolv.conf
		authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
		authorization: {mode: Webhook}
		tlsCertFile: $PKI/kubelet-server.crt
		tlsPrivateKeyFile: $PKI/kubelet-server.key
		volumePluginDir: $WORK/kubelet/volumeplugins
		evictionHard: {memory.available: 100Mi}
		imageGCHighThresholdPercent: 100
		imageGCLowThresholdPercent: 99
		makeIPTablesUtilChains: true
		registerNode: true
	Y
	put "$CONF/kube-proxy.yaml" <<-Y
		apiVersion: kubeproxy.config.k8s.io/v1alpha1
		kind: KubeProxyConfiguration
		mode: nftables
		clusterCIDR: $POD_RANGE
		hostnameOverride: $NODE
		clientConnection: {kubeconfig: $PKI/kube-proxy.kubeconfig}
		conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
		healthzBindAddress: 127.0.0.1:10256
		metricsBindAddress: 127.0.0.1:10249
		oomScoreAdj: 0
	Y
	sed -e "s/@DOMAIN@/$DOMAIN/g" -e "s/@DNS_IP@/$DNS_IP/g" "$HERE/addons.yaml" | put "$CONF/addons.yaml"
}
