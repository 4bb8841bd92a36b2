package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// Kubernetes' own host-path provisioner makes hostPath volumes, to which kubelet applies no fsGroup. This one
// makes `local` volumes, to which it does: a directory per claim, root's, mode 0755, as a new disk's root would be.
// With the class parameter `sized: "true"` the directory is a file system of the size that the claim asks for, so
// that a volume can be full.
const provisionerName = "cluster.test/local"

type provisioner struct {
	client    kubernetes.Interface
	dir, node string
	informers informers.SharedInformerFactory
}

func newProvisionerCommand() *cobra.Command {
	p := &provisioner{}
	var kubeconfig string
	cmd := &cobra.Command{Use: "local-provisioner", SilenceUsage: true, RunE: func(cmd *cobra.Command, _ []string) error {
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
		if err != nil {
			return err
		}
		if p.client, err = kubernetes.NewForConfig(config); err != nil {
			return err
		}
		return p.run(context.Background())
	}}
	cmd.Flags().StringVar(&kubeconfig, "kubeconfig", "", "path of the kubeconfig")
	cmd.Flags().StringVar(&p.dir, "dir", "", "directory that holds the volumes")
	cmd.Flags().StringVar(&p.node, "node", "", "name of the node")
	return cmd
}

func (p *provisioner) run(ctx context.Context) error {
	p.informers = informers.NewSharedInformerFactory(p.client, 5*time.Second)
	wake := make(chan struct{}, 1)
	poke := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { poke() }, UpdateFunc: func(_, _ any) { poke() }, DeleteFunc: func(any) { poke() },
	}
	claims, volumes := p.informers.Core().V1().PersistentVolumeClaims(), p.informers.Core().V1().PersistentVolumes()
	classes := p.informers.Storage().V1().StorageClasses()
	for _, i := range []cache.SharedIndexInformer{claims.Informer(), volumes.Informer(), classes.Informer()} {
		if _, err := i.AddEventHandler(handler); err != nil {
			return err
		}
	}
	p.informers.Start(ctx.Done())
	p.informers.WaitForCacheSync(ctx.Done())
	for range wake {
		for _, o := range claims.Informer().GetStore().List() {
			if err := p.provision(ctx, o.(*corev1.PersistentVolumeClaim)); err != nil {
				klog.ErrorS(err, "provision")
			}
		}
		for _, o := range volumes.Informer().GetStore().List() {
			if err := p.remove(ctx, o.(*corev1.PersistentVolume)); err != nil {
				klog.ErrorS(err, "remove")
			}
		}
	}
	return nil
}

func (p *provisioner) provision(ctx context.Context, c *corev1.PersistentVolumeClaim) error {
	if c.Annotations["volume.kubernetes.io/storage-provisioner"] != provisionerName || c.Spec.VolumeName != "" ||
		c.DeletionTimestamp != nil || c.Spec.StorageClassName == nil {
		return nil
	}
	name := "pvc-" + string(c.UID)
	if _, ok, _ := p.informers.Core().V1().PersistentVolumes().Informer().GetStore().GetByKey(name); ok {
		return nil
	}
	class, err := p.informers.Storage().V1().StorageClasses().Lister().Get(*c.Spec.StorageClassName)
	if err != nil {
		return err
	}
	if c.Spec.VolumeMode != nil && *c.Spec.VolumeMode != corev1.PersistentVolumeFilesystem {
		return fmt.Errorf("%s/%s: no block volumes here", c.Namespace, c.Name)
	}
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	if class.Parameters["sized"] == "true" {
		size := c.Spec.Resources.Requests[corev1.ResourceStorage]
		if err := p.format(path, size.Value()); err != nil {
			return err
		}
	}
	v := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": provisionerName}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: c.Spec.Resources.Requests[corev1.ResourceStorage]},
			AccessModes:                   c.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: *class.ReclaimPolicy,
			StorageClassName:              class.Name,
			MountOptions:                  class.MountOptions,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			ClaimRef: &corev1.ObjectReference{APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: c.Namespace, Name: c.Name, UID: c.UID, ResourceVersion: c.ResourceVersion},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{p.node}}}}}}},
		},
	}
	if _, err := p.client.CoreV1().PersistentVolumes().Create(ctx, v, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	klog.InfoS("made", "claim", c.Namespace+"/"+c.Name, "path", path)
	return nil
}

func (p *provisioner) remove(ctx context.Context, v *corev1.PersistentVolume) error {
	if v.Annotations["pv.kubernetes.io/provisioned-by"] != provisionerName || v.Spec.Local == nil ||
		v.Status.Phase != corev1.VolumeReleased || v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete ||
		v.Spec.Local.Path != filepath.Join(p.dir, v.Name) {
		return nil
	}
	if _, err := os.Stat(v.Spec.Local.Path + ".img"); err == nil {
		if err := unix.Unmount(v.Spec.Local.Path, 0); err != nil && err != unix.EINVAL && err != unix.ENOENT {
			return err
		}
		if err := os.Remove(v.Spec.Local.Path + ".img"); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(v.Spec.Local.Path); err != nil {
		return err
	}
	if err := p.client.CoreV1().PersistentVolumes().Delete(ctx, v.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	klog.InfoS("removed", "path", v.Spec.Local.Path)
	return nil
}

// format makes the file that holds a sized volume, and mounts it.
func (p *provisioner) format(path string, size int64) error {
	image := path + ".img"
	if _, err := os.Stat(image); err == nil {
		return p.mount(path)
	}
	if err := os.WriteFile(image+".new", nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(image+".new", size); err != nil {
		return err
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-m", "0", image+".new").CombinedOutput(); err != nil {
		return fmt.Errorf("mkfs.ext4: %w: %s", err, out)
	}
	if err := os.Rename(image+".new", image); err != nil {
		return err
	}
	return p.mount(path)
}

// mount mounts a sized volume that is not mounted; any other path it leaves alone.
func (p *provisioner) mount(path string) error {
	if _, err := os.Stat(path + ".img"); err != nil {
		return nil
	}
	var at, above unix.Stat_t
	if err := unix.Stat(path, &at); err != nil {
		return err
	}
	if err := unix.Stat(p.dir, &above); err != nil || at.Dev != above.Dev {
		return err
	}
	if out, err := exec.Command("mount", "-o", "loop", path+".img", path).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, out)
	}
	return nil
}
