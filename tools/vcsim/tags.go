package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Tags are the tags of machines by managed object id. A saved folder of govc has none, so they
// stand in a file of their own beside its objects, which the simulator does not look at.
type Tags map[string][]Tag

// Tag is a category and a name.
type Tag [2]string

const tagsFile = "tags.json"

func (t Tag) category() string { return t[0] }
func (t Tag) name() string     { return t[1] }

// add gives a machine a tag written as category=name.
func (t Tags) add(moid, text string) error {
	category, name, found := strings.Cut(text, "=")
	if !found || category == "" || name == "" {
		return fmt.Errorf("tag %q is not category=name", text)
	}
	t[moid] = append(t[moid], Tag{category, name})
	return nil
}

// machines lists the ids in a stable order.
func (t Tags) machines() []string {
	ids := make([]string, 0, len(t))
	for id := range t {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

func (t Tags) write(dir string) error {
	text, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, tagsFile), append(text, '\n'), 0o644)
}

// readTags reads the tags of a saved folder; a folder without the file has none.
func readTags(dir string) (Tags, error) {
	text, err := os.ReadFile(filepath.Join(dir, tagsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Tags{}, nil
	}
	if err != nil {
		return nil, err
	}
	tags := Tags{}
	if err := json.Unmarshal(text, &tags); err != nil {
		return nil, fmt.Errorf("%s: %w", tagsFile, err)
	}
	return tags, nil
}
