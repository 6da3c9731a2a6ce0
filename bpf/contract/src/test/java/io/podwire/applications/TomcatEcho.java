package io.podwire.applications;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;

/**
 * Tomcat's connector by NIO before a servlet that answers with what it gets, and before files,
 * which go by sendfile(2). The main method is what runs in a pod.
 */
final class TomcatEcho {

  private TomcatEcho() {}

  public static void main(String[] args) throws Exception {
    Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
    connector.setProperty("address", args[0]);
    connector.setPort(Integer.parseInt(args[1]));
    connector.setMaxPostSize(-1);
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", args[2]);
    Tomcat.addServlet(context, "files", new DefaultServlet()).addMapping("/");
    Tomcat.addServlet(context, "echo", new Echo()).addMapping("/echo");
    tomcat.start();
    tomcat.getServer().await();
  }

  private static final class Echo extends HttpServlet {

    private static final long serialVersionUID = 1;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getOutputStream().write(request.getInputStream().readAllBytes());
    }
  }
}
