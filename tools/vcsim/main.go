// Vcsim-ringfence is a vSphere server for tests: it serves, over TLS, the datacenter that a
// scenario file describes, or saves it as a folder of managed objects.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "vcsim-ringfence:", err)
		os.Exit(1)
	}
}

func run() error {
	scenarioFile := flag.String("scenario", "", "serve the scenario of this JSON `file`")
	generated := flag.String("generate", "", "serve a generated datacenter, `hosts=N,machines=N,portgroups=N`")
	loadDir := flag.String("load", "", "serve the saved objects of this `folder`")
	saveDir := flag.String("save", "", "save the objects to this `folder` and stop")
	listen := flag.String("listen", "127.0.0.1:0", "`address` to listen on")
	caFile := flag.String("ca", "", "write the certificate to this `file`")
	attached := flag.Bool("attached", false, "stop when standard input ends, that is, with the parent")
	verbose := flag.Bool("v", false, "log what the library logs")
	flag.IntVar(&settings.PageLimit, "page-limit", 0, "most `objects` in one answer, whatever the caller asks")
	flag.IntVar(&settings.HangAfter, "hang-after", 0, "stop answering after this `number` of requests")
	flag.IntVar(&settings.DropAfter, "drop-after", 0, "close connections after this `number` of requests")
	flag.StringVar(&settings.FaultObject, "fault-object", "", "answer with a fault for the object of this `id`")
	flag.Func("deny-property", "`Type[@name]:path` that the account may not read (repeat)", deny)
	flag.Parse()
	if !*verbose {
		log.SetOutput(io.Discard)
	}
	served, err := open(*scenarioFile, *generated, *loadDir)
	if err != nil {
		return err
	}
	defer served.model.Remove()
	if *saveDir != "" {
		return save(*saveDir, served.tags, served.time)
	}
	if *caFile == "" {
		*caFile = filepath.Join(os.TempDir(), fmt.Sprintf("vcsim-ringfence-%d.pem", os.Getpid()))
		defer os.Remove(*caFile)
	}
	if *attached {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
	return serve(served, *listen, *caFile)
}

// open makes what is served from the one source that was named.
func open(file, generated, dir string) (*Served, error) {
	switch {
	case file != "" && generated == "" && dir == "":
		scenario, err := readScenario(file)
		if err != nil {
			return nil, err
		}
		return build(scenario)
	case file == "" && generated != "" && dir == "":
		scenario, err := generate(generated)
		if err != nil {
			return nil, err
		}
		return build(scenario)
	case file == "" && generated == "" && dir != "":
		return load(dir)
	}
	return nil, fmt.Errorf("name one of -scenario, -generate, -load")
}

// deny reads "Type:path" or "Type@name:path".
func deny(text string) error {
	subject, path, found := strings.Cut(text, ":")
	if !found {
		return fmt.Errorf("%q is not Type:path", text)
	}
	kind, name, _ := strings.Cut(subject, "@")
	settings.Unreadable = append(settings.Unreadable, Unreadable{Type: kind, Name: name, Path: path})
	return nil
}
