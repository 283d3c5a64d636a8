package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// laterProperties are properties that vSphere has had since the library was made: its types have
// no place for them, so that they are kept here and put into answers and files.
type laterProperties map[types.ManagedObjectReference]string

const ftEncryption = "config.ftEncryptionMode"

// later holds the encryption of fault tolerance by machine; written while objects are made.
var later = make(laterProperties)

func (l laterProperties) set(ref types.ManagedObjectReference, value string) { l[ref] = value }

// answer gives the property where the library said that there is none of the name.
func (l laterProperties) answer(content *types.ObjectContent) {
	value, ok := l[content.Obj]
	if !ok {
		return
	}
	kept := content.MissingSet[:0]
	for _, missing := range content.MissingSet {
		if missing.Path == ftEncryption {
			content.PropSet = append(content.PropSet, types.DynamicProperty{Name: ftEncryption, Val: value})
			continue
		}
		kept = append(kept, missing)
	}
	content.MissingSet = kept
}

var migrateEncryption = []byte("</migrateEncryption>\n")

// write puts the property into the text of a saved machine, after its neighbour of the API.
func (l laterProperties) write(ref types.ManagedObjectReference, text []byte) []byte {
	value, ok := l[ref]
	if !ok {
		return text
	}
	line := "      <ftEncryptionMode>" + value + "</ftEncryptionMode>\n"
	return bytes.Replace(text, migrateEncryption, append(append([]byte{}, migrateEncryption...), line...), 1)
}

var savedEncryption = regexp.MustCompile(`<ftEncryptionMode>(\w+)</ftEncryptionMode>`)

// read takes the property back from the files of a saved folder.
func (l laterProperties) read(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*-VirtualMachine-*.xml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if found := savedEncryption.FindSubmatch(text); found != nil {
			name := strings.TrimSuffix(filepath.Base(file), ".xml")
			_, id, _ := strings.Cut(name, "-VirtualMachine-")
			l.set(types.ManagedObjectReference{Type: "VirtualMachine", Value: id}, string(found[1]))
		}
	}
	return nil
}
