package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// serviceSystem starts and stops a host's services.
type serviceSystem struct {
	mo.HostServiceSystem

	host *mo.HostSystem
}

func newServiceSystem(ref types.ManagedObjectReference, host *mo.HostSystem) *serviceSystem {
	s := &serviceSystem{host: host}
	s.Self = ref
	s.ServiceInfo = *host.Config.Service
	return s
}

// change applies an edit to the service of the key; both places share one list.
func (s *serviceSystem) change(key string, edit func(*types.HostService)) *soap.Fault {
	for i := range s.host.Config.Service.Service {
		if service := &s.host.Config.Service.Service[i]; service.Key == key {
			edit(service)
			s.ServiceInfo = *s.host.Config.Service
			return nil
		}
	}
	return notFound(key)
}

// StartService starts a service.
func (s *serviceSystem) StartService(req *types.StartService) soap.HasFault {
	fault := s.change(req.Id, func(service *types.HostService) { service.Running = true })
	return &methods.StartServiceBody{Res: new(types.StartServiceResponse), Fault_: fault}
}

// StopService stops a service.
func (s *serviceSystem) StopService(req *types.StopService) soap.HasFault {
	fault := s.change(req.Id, func(service *types.HostService) { service.Running = false })
	return &methods.StopServiceBody{Res: new(types.StopServiceResponse), Fault_: fault}
}

// UpdateServicePolicy says when a service starts by itself.
func (s *serviceSystem) UpdateServicePolicy(req *types.UpdateServicePolicy) soap.HasFault {
	fault := s.change(req.Id, func(service *types.HostService) { service.Policy = req.Policy })
	return &methods.UpdateServicePolicyBody{Res: new(types.UpdateServicePolicyResponse), Fault_: fault}
}

// accessManager holds the lockdown mode and who is excepted from it.
type accessManager struct {
	mo.HostAccessManager

	host       *mo.HostSystem
	exceptions []string
	unknown    bool
}

func newAccessManager(ref types.ManagedObjectReference, host *mo.HostSystem, exceptions []string) *accessManager {
	m := &accessManager{host: host, exceptions: exceptions}
	m.Self = ref
	m.LockdownMode = host.Config.LockdownMode
	return m
}

// QueryLockdownExceptions lists the users who keep their rights under lockdown.
func (m *accessManager) QueryLockdownExceptions(*types.QueryLockdownExceptions) soap.HasFault {
	body := new(methods.QueryLockdownExceptionsBody)
	if settings.hidden(m.Self, "QueryLockdownExceptions") {
		body.Fault_ = simulator.Fault("Permission to perform this operation was denied.", noPermission(m.Self))
		return body
	}
	if m.unknown {
		body.Fault_ = simulator.Fault("The users excepted from lockdown were not saved.", new(types.NotSupported))
		return body
	}
	body.Res = &types.QueryLockdownExceptionsResponse{Returnval: m.exceptions}
	return body
}

// UpdateLockdownExceptions replaces that list.
func (m *accessManager) UpdateLockdownExceptions(req *types.UpdateLockdownExceptions) soap.HasFault {
	m.exceptions, m.unknown = req.Users, false
	return &methods.UpdateLockdownExceptionsBody{Res: new(types.UpdateLockdownExceptionsResponse)}
}

// ChangeLockdownMode sets the mode.
func (m *accessManager) ChangeLockdownMode(req *types.ChangeLockdownMode) soap.HasFault {
	m.LockdownMode = req.Mode
	simulator.Map.Update(simulator.Map.Get(m.host.Self), []types.PropertyChange{
		{Name: "config.lockdownMode", Val: req.Mode},
		{Name: "config.adminDisabled", Val: req.Mode != types.HostLockdownModeLockdownDisabled},
	})
	return &methods.ChangeLockdownModeBody{Res: new(types.ChangeLockdownModeResponse)}
}
