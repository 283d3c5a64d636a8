package main

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Settings is how this server behaves, apart from what it serves.
type Settings struct {
	PageLimit   int          // most objects in one answer, whatever the caller asks
	HangAfter   int          // requests answered before the server stops answering
	DropAfter   int          // requests answered before the server closes every connection
	FaultObject string       // managed object id whose properties answer with a fault
	Unreadable  []Unreadable // what the account may not read
}

// settings are fixed before the server starts. The library makes a collector of its own for
// every session, by type, so that nothing can be handed to one.
var settings Settings

// faultOf is the fault with which the given object answers, if it is to.
func (s *Settings) faultOf(ref types.ManagedObjectReference) *soap.Fault {
	if s.FaultObject == "" || ref.Value != s.FaultObject {
		return nil
	}
	return simulator.Fault("The object has already been deleted or has not been completely created",
		&types.ManagedObjectNotFound{Obj: ref})
}

// hidden says whether a rule hides the named property (or method) of the object.
func (s *Settings) hidden(ref types.ManagedObjectReference, name string) bool {
	for _, rule := range s.Unreadable {
		if rule.matches(ref) && rule.covers(name) {
			return true
		}
	}
	return false
}

func (u *Unreadable) matches(ref types.ManagedObjectReference) bool {
	if u.Type != ref.Type && "Vmware"+u.Type != ref.Type {
		return false
	}
	return u.Name == "" || u.Name == ref.Value || u.Name == nameOf(ref)
}

// covers says whether a property lies at or below the hidden path.
func (u *Unreadable) covers(name string) bool {
	return u.Path == "" || u.Path == name || strings.HasPrefix(name, u.Path+".")
}

func nameOf(ref types.ManagedObjectReference) string {
	entity, ok := simulator.Map.Get(ref).(mo.Entity)
	if !ok {
		return ""
	}
	return entity.Entity().Name
}

// noPermission is what the server says of what the account may not read.
func noPermission(ref types.ManagedObjectReference) *types.NoPermission {
	return &types.NoPermission{Object: ref, PrivilegeId: "System.Read"}
}

// hide moves what the account may not read from the answer to its list of what is missing. A
// property above a hidden path comes back without that part, as a real server answers.
func hide(content *types.ObjectContent, req *types.RetrievePropertiesEx) {
	if len(settings.Unreadable) == 0 {
		return
	}
	missing := make(map[string]bool)
	miss := func(name string) {
		if !missing[name] {
			missing[name] = true
			content.MissingSet = append(content.MissingSet, types.MissingProperty{
				Path: name, Fault: types.LocalizedMethodFault{Fault: noPermission(content.Obj)},
			})
		}
	}
	kept := content.PropSet[:0]
	for _, property := range content.PropSet {
		if settings.hidden(content.Obj, property.Name) {
			miss(property.Name)
			continue
		}
		for _, rule := range settings.Unreadable {
			if rule.matches(content.Obj) && strings.HasPrefix(rule.Path, property.Name+".") {
				property.Val = without(property.Val, strings.Split(rule.Path[len(property.Name)+1:], "."))
			}
		}
		kept = append(kept, property)
	}
	content.PropSet = kept
	for _, spec := range req.SpecSet {
		for _, p := range spec.PropSet {
			if p.Type != content.Obj.Type {
				continue
			}
			for _, name := range p.PathSet {
				if settings.hidden(content.Obj, name) {
					miss(name)
				}
			}
		}
	}
}

// without copies a value, leaving out the field at the path.
func without(value any, path []string) any {
	return stripped(reflect.ValueOf(value), path).Interface()
}

func stripped(v reflect.Value, path []string) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return v
		}
		inner := stripped(v.Elem(), path)
		if v.Kind() == reflect.Interface {
			return inner
		}
		pointer := reflect.New(inner.Type())
		pointer.Elem().Set(inner)
		return pointer
	case reflect.Struct:
		fresh := reflect.New(v.Type()).Elem()
		fresh.Set(v)
		field := fresh.FieldByName(strings.ToUpper(path[0][:1]) + path[0][1:])
		if !field.IsValid() {
			return v
		}
		if len(path) == 1 {
			field.Set(reflect.Zero(field.Type()))
		} else {
			field.Set(stripped(field, path[1:]))
		}
		return fresh
	}
	return v
}
