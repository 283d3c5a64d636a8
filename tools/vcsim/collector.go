package main

import (
	"reflect"
	"strconv"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// collector is the property collector with what the library's lacks: pages, properties that
// the account may not read, and an answer to Fetch for a property without a value.
type collector struct {
	simulator.PropertyCollector

	guard sync.Mutex
	open  map[string]*pages
	last  int
}

// pages is the rest of an answer: which objects are still to be read, and what of them.
type pages struct {
	request *types.RetrievePropertiesEx
	refs    []types.ManagedObjectReference
	size    int
}

// extend puts our own objects in the place of the library's.
func extend() {
	types.Add("Fetch", reflect.TypeOf((*Fetch)(nil)).Elem())
	content := simulator.Map.Get(serviceInstance).(*simulator.ServiceInstance).Content
	c := &collector{}
	c.Self = content.PropertyCollector
	simulator.Map.Put(c)
}

// RetrievePropertiesEx answers at once, or page by page when the caller or the server sets a limit.
func (c *collector) RetrievePropertiesEx(ctx *simulator.Context, req *types.RetrievePropertiesEx) soap.HasFault {
	handle(ctx)
	size := pageSize(req)
	if size == 0 || ctx.Session == nil {
		return c.retrieve(ctx, req)
	}
	body := new(methods.RetrievePropertiesExBody)
	refs, fault := c.matching(ctx, req)
	if fault != nil {
		body.Fault_ = fault
		return body
	}
	result, fault := c.page(ctx, &pages{request: req, refs: refs, size: size})
	if fault != nil {
		body.Fault_ = fault
		return body
	}
	body.Res = &types.RetrievePropertiesExResponse{Returnval: result}
	return body
}

// RetrieveProperties is the old form, without pages.
func (c *collector) RetrieveProperties(ctx *simulator.Context, req *types.RetrieveProperties) soap.HasFault {
	handle(ctx)
	body := new(methods.RetrievePropertiesBody)
	answer := c.retrieve(ctx, &types.RetrievePropertiesEx{This: req.This, SpecSet: req.SpecSet})
	if fault := answer.Fault(); fault != nil {
		body.Fault_ = fault
		return body
	}
	body.Res = &types.RetrievePropertiesResponse{
		Returnval: answer.(*methods.RetrievePropertiesExBody).Res.Returnval.Objects,
	}
	return body
}

// ContinueRetrievePropertiesEx answers with the next page.
func (c *collector) ContinueRetrievePropertiesEx(ctx *simulator.Context, req *types.ContinueRetrievePropertiesEx) soap.HasFault {
	body := new(methods.ContinueRetrievePropertiesExBody)
	p := c.take(req.Token)
	if p == nil {
		body.Fault_ = simulator.Fault("The token is not known.", &types.InvalidArgument{InvalidProperty: "token"})
		return body
	}
	result, fault := c.page(ctx, p)
	if fault != nil {
		body.Fault_ = fault
		return body
	}
	body.Res = &types.ContinueRetrievePropertiesExResponse{Returnval: *result}
	return body
}

// CancelRetrievePropertiesEx forgets the rest of an answer.
func (c *collector) CancelRetrievePropertiesEx(req *types.CancelRetrievePropertiesEx) soap.HasFault {
	c.take(req.Token)
	return &methods.CancelRetrievePropertiesExBody{Res: new(types.CancelRetrievePropertiesExResponse)}
}

func pageSize(req *types.RetrievePropertiesEx) int {
	size := int(req.Options.MaxObjects)
	if limit := settings.PageLimit; limit > 0 && (size == 0 || size > limit) {
		size = limit
	}
	return size
}

// retrieve asks the library and hides what the account may not read.
func (c *collector) retrieve(ctx *simulator.Context, req *types.RetrievePropertiesEx) soap.HasFault {
	answer := c.PropertyCollector.RetrievePropertiesEx(ctx, req)
	if answer.Fault() != nil || ctx.Session == nil {
		return answer
	}
	result := answer.(*methods.RetrievePropertiesExBody).Res.Returnval
	for i := range result.Objects {
		if fault := settings.faultOf(result.Objects[i].Obj); fault != nil {
			return &methods.RetrievePropertiesExBody{Fault_: fault}
		}
		later.answer(&result.Objects[i])
		hide(&result.Objects[i], req)
	}
	return answer
}

// matching lists the objects of an answer, in its order, without reading any property.
func (c *collector) matching(ctx *simulator.Context, req *types.RetrievePropertiesEx) ([]types.ManagedObjectReference, *soap.Fault) {
	bare := *req
	bare.SpecSet = make([]types.PropertyFilterSpec, len(req.SpecSet))
	for i, spec := range req.SpecSet {
		bare.SpecSet[i] = spec
		bare.SpecSet[i].PropSet = make([]types.PropertySpec, len(spec.PropSet))
		for j, p := range spec.PropSet {
			bare.SpecSet[i].PropSet[j] = types.PropertySpec{Type: p.Type}
		}
	}
	answer := c.PropertyCollector.RetrievePropertiesEx(ctx, &bare)
	if fault := answer.Fault(); fault != nil {
		return nil, fault
	}
	objects := answer.(*methods.RetrievePropertiesExBody).Res.Returnval.Objects
	refs := make([]types.ManagedObjectReference, len(objects))
	for i := range objects {
		refs[i] = objects[i].Obj
	}
	return refs, nil
}

// page reads the next objects, and keeps the rest under a token.
func (c *collector) page(ctx *simulator.Context, p *pages) (*types.RetrieveResult, *soap.Fault) {
	n := p.size
	if n > len(p.refs) {
		n = len(p.refs)
	}
	if n == 0 {
		return &types.RetrieveResult{}, nil
	}
	spec := types.PropertyFilterSpec{ReportMissingObjectsInResults: types.NewBool(true)}
	for _, s := range p.request.SpecSet {
		spec.PropSet = append(spec.PropSet, s.PropSet...)
	}
	for _, ref := range p.refs[:n] {
		spec.ObjectSet = append(spec.ObjectSet, types.ObjectSpec{Obj: ref})
	}
	answer := c.retrieve(ctx, &types.RetrievePropertiesEx{
		This: p.request.This, SpecSet: []types.PropertyFilterSpec{spec},
	})
	if fault := answer.Fault(); fault != nil {
		return nil, fault
	}
	result := answer.(*methods.RetrievePropertiesExBody).Res.Returnval
	if n < len(p.refs) {
		result.Token = c.keep(&pages{request: p.request, refs: p.refs[n:], size: p.size})
	}
	return result, nil
}

func (c *collector) keep(p *pages) string {
	c.guard.Lock()
	defer c.guard.Unlock()
	if c.open == nil {
		c.open = make(map[string]*pages)
	}
	c.last++
	token := strconv.Itoa(c.last)
	c.open[token] = p
	return token
}

func (c *collector) take(token string) *pages {
	c.guard.Lock()
	defer c.guard.Unlock()
	p := c.open[token]
	delete(c.open, token)
	return p
}

// Fetch is how pyvmomi reads one property. The library's own breaks when it has no value.
type Fetch struct {
	This types.ManagedObjectReference `xml:"_this"`
	Prop string                       `xml:"prop"`
}

// FetchResponse holds the value, or nothing.
type FetchResponse struct {
	Returnval types.AnyType `xml:"returnval,omitempty,typeattr"`
}

// FetchBody is the body of the answer.
type FetchBody struct {
	Res    *FetchResponse `xml:"FetchResponse,omitempty"`
	Fault_ *soap.Fault    `xml:"http://schemas.xmlsoap.org/soap/envelope/ Fault,omitempty"`
}

// Fault is what the library asks of every body.
func (b *FetchBody) Fault() *soap.Fault { return b.Fault_ }

// Fetch reads one property of one object.
func (c *collector) Fetch(ctx *simulator.Context, req *Fetch) soap.HasFault {
	handle(ctx)
	if req.This == serviceInstance && req.Prop == "content" {
		content := simulator.Map.Get(serviceInstance).(*simulator.ServiceInstance).Content
		return &FetchBody{Res: &FetchResponse{Returnval: content}}
	}
	answer := c.retrieve(ctx, &types.RetrievePropertiesEx{SpecSet: []types.PropertyFilterSpec{{
		PropSet:   []types.PropertySpec{{Type: req.This.Type, PathSet: []string{req.Prop}}},
		ObjectSet: []types.ObjectSpec{{Obj: req.This}},
	}}})
	if fault := answer.Fault(); fault != nil {
		return &FetchBody{Fault_: fault}
	}
	body := &FetchBody{Res: new(FetchResponse)}
	for _, object := range answer.(*methods.RetrievePropertiesExBody).Res.Returnval.Objects {
		for _, missing := range object.MissingSet {
			body.Fault_ = simulator.Fault("", missing.Fault.Fault)
			return body
		}
		for _, property := range object.PropSet {
			body.Res.Returnval = property.Val
		}
	}
	return body
}
