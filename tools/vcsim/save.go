package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// savedManagers are the managers whose objects a saved folder holds: those with something to
// tell, and those without which the simulator does not start. Long constant texts stay out.
var savedManagers = map[string][]string{
	"AuthorizationManager": {"privilegeList", "roleList"},
	"CustomFieldsManager":  {},
	"EventManager":         {},
	"FileManager":          {},
	"OptionManager":        {"setting"},
	"PropertyCollector":    {},
	"SearchIndex":          {},
	"SessionManager":       {},
	"TaskManager":          {},
	"UserDirectory":        {},
	"ViewManager":          {},
}

// saver writes one file per object, as "govc object.save" does.
type saver struct {
	dir  string
	n    int
	ctx  *simulator.Context
	rest *collector
}

// save writes the inventory to a folder that Model.Load of the simulator reads.
// It notes the time that the server had, where at is given.
func save(dir string, tags Tags, at time.Time) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	s := &saver{dir: dir, rest: &collector{}, ctx: &simulator.Context{
		Context: context.Background(), Map: simulator.Map,
		Session: &simulator.Session{Registry: simulator.NewRegistry()},
	}}
	handle(s.ctx)
	content := simulator.Map.Get(serviceInstance).(*simulator.ServiceInstance).Content
	kept := trimmed(content)
	root := types.ObjectContent{Obj: serviceInstance, PropSet: []types.DynamicProperty{{Name: "content", Val: kept}}}
	if err := s.write(root); err != nil {
		return err
	}
	if !at.IsZero() {
		if err := s.method(serviceInstance, currentTime, &types.CurrentTimeResponse{Returnval: at}); err != nil {
			return err
		}
	}
	for _, ref := range mo.References(kept) {
		if names, ok := savedManagers[ref.Type]; ok {
			if err := s.object(ref, names); err != nil {
				return err
			}
		}
	}
	if err := s.object(kept.RootFolder, nil); err != nil {
		return err
	}
	for _, ref := range inventory(kept.RootFolder) {
		if err := s.entity(ref); err != nil {
			return err
		}
	}
	if simulator.Map.IsESX() {
		return nil // a single host has no tags
	}
	return tags.write(dir)
}

// trimmed is the service content without the managers that are not saved.
func trimmed(content types.ServiceContent) types.ServiceContent {
	all := map[string]**types.ManagedObjectReference{
		"ServiceManager": &content.ServiceManager, "PerformanceManager": &content.PerfManager,
		"ScheduledTaskManager": &content.ScheduledTaskManager, "AlarmManager": &content.AlarmManager,
		"ExtensionManager":         &content.ExtensionManager,
		"CustomizationSpecManager": &content.CustomizationSpecManager, "AccountManager": &content.AccountManager,
		"DiagnosticManager": &content.DiagnosticManager, "LicenseManager": &content.LicenseManager,
		"Namespace": &content.DatastoreNamespaceManager, "VirtualDiskManager": &content.VirtualDiskManager,
		"Virtualization": &content.VirtualizationManager, "Snmp": &content.SnmpSystem,
		"Provisioning": &content.VmProvisioningChecker, "Compatibility": &content.VmCompatibilityChecker,
		"Ovf": &content.OvfManager, "IpPool": &content.IpPoolManager, "Dvs": &content.DvSwitchManager,
		"HostProfile": &content.HostProfileManager, "ClusterProfile": &content.ClusterProfileManager,
		"Compliance": &content.ComplianceManager, "Localization": &content.LocalizationManager,
		"StorageResource": &content.StorageResourceManager, "Guest": &content.GuestOperationsManager,
		"Overhead": &content.OverheadMemoryManager, "Certificate": &content.CertificateManager,
		"IoFilter": &content.IoFilterManager, "VStorage": &content.VStorageObjectManager,
		"HostSpec": &content.HostSpecManager, "Crypto": &content.CryptoManager,
		"Health": &content.HealthUpdateManager, "Failover": &content.FailoverClusterConfigurator,
		"FailoverManager": &content.FailoverClusterManager, "GuestCustomization": &content.GuestCustomizationManager,
		"TenantManager": &content.TenantManager, "SiteInfoManager": &content.SiteInfoManager,
		"StorageQueryManager": &content.StorageQueryManager,
	}
	for _, field := range all {
		*field = nil
	}
	return content
}

// inventory lists the entities below the root, by kind from the top down and then by number.
func inventory(root types.ManagedObjectReference) []types.ManagedObjectReference {
	order := []string{
		"Datacenter", "Folder", "ClusterComputeResource", "ComputeResource", "ResourcePool", "HostSystem",
		"Network", "VmwareDistributedVirtualSwitch", "DistributedVirtualPortgroup", "VirtualMachine",
	}
	rank := make(map[string]int)
	for i, kind := range order {
		rank[kind] = i
	}
	var refs []types.ManagedObjectReference
	for _, e := range simulator.Map.All("") {
		if e.Reference() != root {
			refs = append(refs, e.Reference())
		}
	}
	sort.Slice(refs, func(i, j int) bool {
		if rank[refs[i].Type] != rank[refs[j].Type] {
			return rank[refs[i].Type] < rank[refs[j].Type]
		}
		return number(refs[i].Value) < number(refs[j].Value)
	})
	return refs
}

// number makes "vm-99" sort before "vm-100".
func number(id string) string {
	digits := strings.TrimLeft(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return id
	}
	return fmt.Sprintf("%s%012d", strings.TrimSuffix(id, digits), n)
}

func (s *saver) entity(ref types.ManagedObjectReference) error {
	if err := s.object(ref, nil); err != nil {
		return err
	}
	switch e := simulator.Map.Get(ref).(type) {
	case *simulator.HostSystem:
		return s.systems(e)
	case *simulator.DistributedVirtualSwitch:
		answer := (&switchHandler{e}).FetchDVPorts(&types.FetchDVPorts{This: ref})
		if answer.Fault() != nil {
			return nil // not readable, so nothing to save
		}
		return s.method(ref, "FetchDVPorts", answer.(*methods.FetchDVPortsBody).Res)
	}
	return nil
}

// Methods whose answers govc does not save; they stand beside those that it does.
const (
	lockdownExceptions = "QueryLockdownExceptions"
	currentTime        = "CurrentTime"
)

// systems saves what a host's managers tell that the host itself does not.
func (s *saver) systems(host *simulator.HostSystem) error {
	if ref := host.ConfigManager.NetworkSystem; ref != nil {
		if err := s.object(*ref, nil); err != nil {
			return err
		}
	}
	ref := host.ConfigManager.HostAccessManager
	if ref == nil {
		return nil
	}
	manager, ok := simulator.Map.Get(*ref).(*accessManager)
	if !ok {
		return nil
	}
	answer := manager.QueryLockdownExceptions(&types.QueryLockdownExceptions{This: *ref})
	if answer.Fault() != nil {
		return nil // not readable, so nothing to save
	}
	return s.method(*ref, lockdownExceptions, answer.(*methods.QueryLockdownExceptionsBody).Res)
}

// object saves the named properties of an object, or all.
func (s *saver) object(ref types.ManagedObjectReference, names []string) error {
	if names != nil && len(names) == 0 {
		return s.write(types.ObjectContent{Obj: ref})
	}
	answer := s.rest.retrieve(s.ctx, &types.RetrievePropertiesEx{SpecSet: []types.PropertyFilterSpec{{
		ObjectSet: []types.ObjectSpec{{Obj: ref}},
		PropSet:   []types.PropertySpec{{Type: ref.Type, All: types.NewBool(names == nil), PathSet: names}},
	}}})
	if answer.Fault() != nil {
		return fmt.Errorf("%s: %s", ref, soap.WrapSoapFault(answer.Fault()))
	}
	for _, content := range answer.(*methods.RetrievePropertiesExBody).Res.Returnval.Objects {
		content.MissingSet = nil
		if err := s.write(content); err != nil {
			return err
		}
	}
	return nil
}

func (s *saver) write(content types.ObjectContent) error {
	name := fmt.Sprintf("%04d-%s.xml", s.n, content.Obj.Encode())
	s.n++
	return encode(filepath.Join(s.dir, name), content)
}

// method saves the answer of a method that the property collector does not give.
func (s *saver) method(ref types.ManagedObjectReference, name string, response any) error {
	dir := filepath.Join(s.dir, ref.Encode())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return encode(filepath.Join(dir, name+".xml"), response)
}

func encode(path string, data any) error {
	var text bytes.Buffer
	encoder := xml.NewEncoder(&text)
	encoder.Indent("", "  ")
	if err := encoder.Encode(data); err != nil {
		return err
	}
	content := text.Bytes()
	if object, ok := data.(types.ObjectContent); ok {
		content = later.write(object.Obj, content)
	}
	return os.WriteFile(path, content, 0o644)
}
