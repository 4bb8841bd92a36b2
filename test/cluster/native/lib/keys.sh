# Sourced by up.sh: keys, certificates and kubeconfigs, all below WORK/pki.

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

authority() {
	key "$1"
	openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 3650 -out "$1.crt" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,digitalSignature 2>/dev/null
}

# certificate NAME AUTHORITY SUBJECT [ALTERNATIVE_NAMES]
certificate() {
	key "$1"
	{
		echo "basicConstraints=CA:FALSE"
		echo "keyUsage=critical,digitalSignature"
		echo "extendedKeyUsage=clientAuth,serverAuth"
		[ -z "${4:-}" ] || echo "subjectAltName=$4"
	} >"$1.ext"
	openssl req -new -key "$1.key" -subj "$3" 2>/dev/null |
		openssl x509 -req -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 3650 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
}

kubeconfig() {
	cat >"$1.kubeconfig" <<-Y
		apiVersion: v1
		kind: Config
		clusters: [{name: pgcairn, cluster: {server: "https://$NODE_IP:6443", certificate-authority-data: $(base64 -w0 ca.crt)}}]
		users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
		contexts: [{name: pgcairn, context: {cluster: pgcairn, user: $1}}]
		current-context: pgcairn
	Y
}

make_keys() {
	local user service=kubernetes.default
	cd "$WORK/pki"
	umask 077
	authority ca
	authority front-proxy-ca
	key sa
	openssl ec -in sa.key -pubout -out sa.pub 2>/dev/null
	certificate apiserver ca /CN=kube-apiserver "DNS:kubernetes,DNS:$service,DNS:$service.svc,DNS:$service.svc.$DOMAIN,DNS:localhost,IP:$API_IP,IP:$NODE_IP,IP:127.0.0.1"
	certificate apiserver-kubelet ca /O=system:masters/CN=kube-apiserver-kubelet-client
	certificate front-proxy front-proxy-ca /CN=front-proxy-client
	certificate kubelet-server ca "/O=system:nodes/CN=system:node:$NODE" "DNS:$NODE,IP:$NODE_IP"
	certificate admin ca /O=system:masters/CN=admin
	certificate kubelet ca "/O=system:nodes/CN=system:node:$NODE"
	for user in kube-controller-manager kube-scheduler kube-proxy; do certificate "$user" ca "/CN=system:$user"; done
	for user in local-provisioner network-policy; do certificate "$user" ca "/CN=$user"; done
	for user in admin kubelet kube-controller-manager kube-scheduler kube-proxy local-provisioner network-policy; do kubeconfig "$user"; done
	cp admin.kubeconfig "$WORK/admin.kubeconfig"
	touch done
}
