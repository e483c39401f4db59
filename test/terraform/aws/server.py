"""AWS for Terraform on one machine: moto, and beside it what moto lacks.

A call that neither knows is refused at once and named. moto answers such a call with status 500, which AWS's clients
take for an outage: they try for ten minutes, and a resource seems never to complete.
"""

import io
import os
import sys
import threading
import traceback

# Before moto is loaded: policies that AWS manages are there for roles to have.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import budgets  # noqa: F401 (registers its answers, as the next ones do)
import eks  # noqa: F401
import firewalls  # noqa: F401
import gaps  # noqa: F401
import msk  # noqa: F401
import prometheus  # noqa: F401
import resolver  # noqa: F401
import services  # noqa: F401
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer
from botocore.validate import ParamValidator
from kept import Call, Fault, answer_of, as_list, keep_tags, tags_of
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple
from werkzeug.wrappers import Response

# Signing names that differ from the names of the models.
SERVICES = {"aps": "amp", "monitoring": "cloudwatch"}
CBOR = "/service/GraniteServiceVersion20100801/operation/"

moto = DomainDispatcherApplication(create_backend_app)
turn = threading.Lock()


def application(environ, start_response):
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    try:
        answered = kept(environ)
        if answered is not None:
            return answered(environ, start_response)
        environ["wsgi.input"].seek(0)
        return list(moto(environ, start_response))
    except NotImplementedError as unknown:
        print(f"UNKNOWN {environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {unknown}", flush=True)
        return Response(f'{{"__type":"NotKnownHere","message":"{unknown}"}}', 400)(environ, start_response)
    except Exception:
        traceback.print_exc()
        return Response('{"__type":"StandInFailed"}', 400)(environ, start_response)


def kept(environ):
    """The answer to a call that is not for moto."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    if len(scope) != 5:
        return None
    path = environ["PATH_INFO"]
    service, region = SERVICES.get(scope[3], scope[3]), scope[2]
    if service == "s3" and path.startswith("/v20180820/"):
        service = "s3control"
    if path.startswith(CBOR):
        return over_cbor(region, path.removeprefix(CBOR), environ["wsgi.input"].read())
    request = Request(environ)
    try:
        model = get_service_model(service)
        operation, uri = get_service_router(service).match(request)
    except Exception:
        return None
    tagging = operation.name in ("ListTagsForResource", "TagResource", "UntagResource")
    if not tagging and answer_of(service, operation.name) is None:
        return None
    protocol = determine_request_protocol(model, request.content_type)
    params = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri,
        }
    )
    result = outcome(Call(service, operation.name, region, params), operation)
    if result is None:
        return None
    answer = get_serializer_class(service, protocol)(operation_model=operation).serialize(result)
    return Response(answer["body"], answer["status_code"], answer["headers"])


def over_cbor(region, name, body):
    model = get_service_model("cloudwatch")
    operation = model.operation_model(name)
    parser = RpcV2CBORParser()
    params = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
    result = outcome(Call("cloudwatch", name, region, params), operation)
    if result is None:
        raise NotImplementedError(f"cloudwatch {name}")
    if isinstance(result, Exception):
        raise result
    written = bytearray()
    if operation.output_shape:
        RpcV2CBORSerializer()._serialize_data_item(written, result, operation.output_shape)
    headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
    return Response(bytes(written), 200, headers)


def outcome(call, operation):
    """What is answered, an error of AWS, or None for a tag of a resource that moto has."""
    with turn:
        answer = answer_of(call.service, call.operation) or tag
        try:
            if operation.input_shape:
                report = ParamValidator().validate(call.params, operation.input_shape)
                if report.has_errors():
                    raise Fault("ValidationException", report.generate_report())
            result = answer(call)
            return None if result is None and answer is tag else (result or {})
        except Fault as error:
            return error


def tag(call):
    """Tags of what is kept here, as a list or a map after the service's own fashion."""
    arn = next((value for name, value in call.params.items() if name.lower() == "resourcearn"), None)
    known = tags_of(arn)
    if known is None:
        return None
    if call.operation == "ListTagsForResource":
        name = {"budgets": "ResourceTags", "eks": "tags", "amp": "tags"}.get(call.service, "Tags")
        return {name: dict(known) if name == "tags" else as_list(known)}
    keys = next((value for name, value in call.params.items() if name.lower() in ("tagkeys", "resourcetagkeys")), [])
    added = call.get("Tags") or call.get("tags") or call.get("ResourceTags") or {}
    if not isinstance(added, dict):
        added = {one["Key"]: one["Value"] for one in added}
    keep_tags(arn, {key: value for key, value in {**known, **added}.items() if key not in keys})
    return {}


run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True, request_handler=MotoRequestHandler)
