package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the fingerprint that vSphere clients are given
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
)

// Ready is the line that the program prints when it listens.
type Ready struct {
	URL        string `json:"url"`
	Address    string `json:"address"`
	User       string `json:"user"`
	Password   string `json:"password"`
	CAFile     string `json:"ca_file"`
	Thumbprint string `json:"thumbprint"` // SHA-1
	SHA256     string `json:"sha256"`
	Objects    int    `json:"objects"`
	PID        int    `json:"pid"`
}

// certificate makes a certificate for the server's name and the loopback addresses.
func certificate(name string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		DNSNames:    []string{name, "localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:        true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func thumbprint(sum []byte) string {
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

// serve listens, says so in one line, and answers until the program is stopped.
func serve(s *Served, listen, caFile string) error {
	pair, err := certificate(s.server.Name)
	if err != nil {
		return err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	if err := os.WriteFile(caFile, block, 0o644); err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", listen, &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
	})
	if err != nil {
		return err
	}
	service := s.model.Service
	address := listener.Addr().String()
	service.Listen = &url.URL{
		Scheme: "https", Host: address, Path: simulator.Map.Path,
		User: url.UserPassword(s.server.User, s.server.Password),
	}
	service.RegisterSDK(simulator.Map)
	service.ServeMux.HandleFunc(simulator.Map.Path+"/vimServiceVersions.xml", service.ServiceVersions)
	if err := register(service, s.tags); err != nil {
		return err
	}

	one, two := sha1.Sum(pair.Certificate[0]), sha256.Sum256(pair.Certificate[0]) //nolint:gosec // see above
	ready := Ready{
		URL: "https://" + address + simulator.Map.Path, Address: address,
		User: s.server.User, Password: s.server.Password, CAFile: caFile,
		Thumbprint: thumbprint(one[:]), SHA256: thumbprint(two[:]),
		Objects: len(simulator.Map.All("")), PID: os.Getpid(),
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	server := &http.Server{Handler: misbehave(service.ServeMux), ReadHeaderTimeout: time.Minute,
		ErrorLog: log.New(os.Stderr, "", 0)}
	return server.Serve(listener)
}

// misbehave hangs, or closes the connection, once so many SOAP requests were answered.
func misbehave(next http.Handler) http.Handler {
	var answered int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			n := int(atomic.AddInt64(&answered, 1))
			if settings.HangAfter > 0 && n > settings.HangAfter {
				<-r.Context().Done() // until the client gives up
				return
			}
			if settings.DropAfter > 0 && n > settings.DropAfter {
				drop(w)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// drop closes the connection in the middle of an answer.
func drop(w http.ResponseWriter) {
	connection, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = buffer.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n<?xml version=\"1.0\"?><soap")
	_ = buffer.Flush()
	_ = connection.Close()
}
