package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/vmware/govmomi/simulator"
	vapi "github.com/vmware/govmomi/vapi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const tagging = "/rest/com/vmware/cis/tagging/"

// tagger is the part of the library's REST handler that attaches tags.
type tagger interface {
	http.Handler
	AttachTag(types.ManagedObjectReference, types.VslmTagEntry) types.BaseMethodFault
}

// register adds the library's REST endpoint and gives the machines their tags there.
func register(service *simulator.Service, tags Tags) error {
	if simulator.Map.IsESX() {
		return nil
	}
	path, handler := vapi.New(service.Listen, simulator.Map.OptionManager().Setting)
	service.Handle(path, handler)
	rest := &restCaller{handler: handler.(tagger)}
	categories, known := make(map[string]string), make(map[Tag]bool)
	if err := rest.login(); err != nil {
		return err
	}
	for _, moid := range tags.machines() {
		for _, tag := range tags[moid] {
			if err := rest.define(tag, categories, known); err != nil {
				return err
			}
			ref := types.ManagedObjectReference{Type: "VirtualMachine", Value: moid}
			entry := types.VslmTagEntry{ParentCategoryName: tag.category(), TagName: tag.name()}
			if fault := rest.handler.AttachTag(ref, entry); fault != nil {
				return fmt.Errorf("tag %v of %s: %T", tag, moid, fault)
			}
		}
	}
	return rest.logout()
}

// restCaller calls the REST handler without a network.
type restCaller struct {
	handler tagger
	session string
}

func (c *restCaller) login() error {
	return c.call(http.MethodPost, "/rest/com/vmware/cis/session", nil, &c.session)
}

func (c *restCaller) logout() error {
	return c.call(http.MethodDelete, "/rest/com/vmware/cis/session", nil, nil)
}

// define makes the tag and its category where they are not there yet.
func (c *restCaller) define(tag Tag, categories map[string]string, known map[Tag]bool) error {
	if known[tag] {
		return nil
	}
	known[tag] = true
	if categories[tag.category()] == "" {
		spec := map[string]any{
			"name": tag.category(), "cardinality": "MULTIPLE", "associable_types": []string{"VirtualMachine"},
		}
		var id string
		if err := c.call(http.MethodPost, tagging+"category", map[string]any{"create_spec": spec}, &id); err != nil {
			return err
		}
		categories[tag.category()] = id
	}
	spec := map[string]any{"name": tag.name(), "category_id": categories[tag.category()]}
	return c.call(http.MethodPost, tagging+"tag", map[string]any{"create_spec": spec}, nil)
}

func (c *restCaller) call(method, path string, body, value any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request := httptest.NewRequest(method, path, bytes.NewReader(content))
	request.SetBasicAuth("setup", "setup")
	request.Header.Set("vmware-api-session-id", c.session)
	answer := httptest.NewRecorder()
	c.handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		return fmt.Errorf("%s %s: HTTP status %d", method, path, answer.Code)
	}
	if value == nil {
		return nil
	}
	return json.Unmarshal(answer.Body.Bytes(), &struct{ Value any }{value})
}
