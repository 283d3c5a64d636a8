package main

import (
	"math"
	"net"
	"sort"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

var serviceInstance = vim25.ServiceInstance

// stableUUID derives a UUID from names, so that equal scenarios give equal files.
func stableUUID(names ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceDNS, []byte(strings.Join(names, "/"))).String()
}

// optionValues turns options into the API's form, ordered by key. Numbers without a
// fraction become int or, when too large, long, as the API types them.
func optionValues(options map[string]any) []types.BaseOptionValue {
	keys := make([]string, 0, len(options))
	for key := range options {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	values := make([]types.BaseOptionValue, 0, len(keys))
	for _, key := range keys {
		value := options[key]
		if number, ok := value.(float64); ok {
			switch {
			case number != math.Trunc(number):
				value = number
			case math.Abs(number) <= math.MaxInt32:
				value = int32(number)
			default:
				value = int64(number)
			}
		}
		values = append(values, &types.OptionValue{Key: key, Value: value})
	}
	return values
}

// splitPrefix splits "10.1.12.0/24" into address and prefix length; a bare address has its full length.
func splitPrefix(text string) (string, int32) {
	address, length, found := strings.Cut(text, "/")
	if !found {
		if strings.Contains(address, ":") {
			return address, 128
		}
		return address, 32
	}
	n, _ := strconv.Atoi(length)
	return address, int32(n)
}

// maskOf writes a prefix length as a dotted mask.
func maskOf(length int32) string {
	return net.IP(net.CIDRMask(int(length), 32)).String()
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func orNumber(number, fallback int32) int32 {
	if number == 0 {
		return fallback
	}
	return number
}

// isTrue reads a flag that is absent unless said otherwise.
func isTrue(flag *bool, absent bool) bool {
	if flag == nil {
		return absent
	}
	return *flag
}
