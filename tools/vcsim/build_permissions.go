package main

import (
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/types"
)

// permissions sets the roles, and permissions both at the authorization manager and on each
// entity, where saved folders keep them.
func (b *builder) permissions() error {
	manager := authorization()
	ids := make(map[string]int32)
	manager.RoleList = nil
	for _, role := range esx.RoleList {
		manager.RoleList = append(manager.RoleList, role)
		ids[role.Name] = role.RoleId
	}
	for _, role := range b.scenario.Roles {
		manager.RoleList = append(manager.RoleList, types.AuthorizationRole{
			RoleId:    role.ID,
			Name:      role.Name,
			Info:      &types.Description{Label: role.Name, Summary: role.Name},
			Privilege: role.Privileges,
		})
		ids[role.Name] = role.ID
	}
	b.entities["/"].Entity().Permission = nil
	for _, p := range b.scenario.Permissions {
		entity := b.entities[p.Entity]
		if entity == nil {
			return fmt.Errorf("permission of %s: no entity at %s", p.Principal, p.Entity)
		}
		id, ok := ids[p.Role]
		if !ok {
			return fmt.Errorf("permission of %s on %s: no role %q", p.Principal, p.Entity, p.Role)
		}
		ref := entity.Reference()
		e := entity.Entity()
		e.Permission = append(e.Permission, types.Permission{
			Entity: &ref, Principal: p.Principal, Group: p.Group, RoleId: id, Propagate: p.Propagate,
		})
	}
	restorePermissions()
	return nil
}

// restorePermissions makes the authorization manager agree with the entities' permissions.
func restorePermissions() {
	manager := authorization()
	for _, e := range simulator.Map.All("") {
		permission := e.Entity().Permission
		if len(permission) == 0 && e.Entity().Parent != nil {
			continue // only the root has an entry of the library's own to replace
		}
		manager.SetEntityPermissions(&types.SetEntityPermissions{
			Entity: e.Reference(), Permission: permission,
		})
	}
}

func authorization() *simulator.AuthorizationManager {
	content := simulator.Map.Get(serviceInstance).(*simulator.ServiceInstance).Content
	return simulator.Map.Get(*content.AuthorizationManager).(*simulator.AuthorizationManager)
}
