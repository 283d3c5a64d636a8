package main

import (
	"github.com/vmware/govmomi/simulator"
	vapi "github.com/vmware/govmomi/vapi/simulator"
)

// register adds the REST endpoint of the library, which holds tags.
func register(service *simulator.Service) {
	if simulator.Map.IsESX() {
		return
	}
	path, handler := vapi.New(service.Listen, simulator.Map.OptionManager().Setting)
	service.Handle(path, handler)
}
